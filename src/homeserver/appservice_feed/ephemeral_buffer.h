// What passes in rooms and is not part of their history, until it is sent to application services.
#pragma once
#include <chrono>
#include <deque>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "matrix/ephemeral_feed.h"

namespace troupe::homeserver::appservice_feed {

/// One per server; callable from any thread. In memory only, and soon too old: of several processes only one sends.
class EphemeralBuffer {
 public:
  static constexpr std::size_t kMax = 2'000;  ///< the oldest go beyond
  static constexpr std::chrono::seconds kLife{30};

  explicit EphemeralBuffer(const base::Clock& clock) : clock_(clock) {}
  void add(matrix::Edu edu);
  /// What is not too old, in the order in which it came.
  std::vector<matrix::Edu> take();

 private:
  struct Entry {
    std::chrono::steady_clock::time_point at;
    matrix::Edu edu;
  };
  const base::Clock& clock_;
  base::Mutex mutex_;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
};

/// As an application service gets it (Application Service API #pushing-edus).
std::string edu_json(const matrix::Edu& edu);

}  // namespace troupe::homeserver::appservice_feed
