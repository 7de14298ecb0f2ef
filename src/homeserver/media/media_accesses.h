// When files were last fetched: kept to the hour, so that reading costs no write.
#pragma once
#include <chrono>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "homeserver/media/media_store.h"

namespace troupe::homeserver::media {

/// One per server; callable from any thread. What was noted since the last write() is lost with the process.
class MediaAccesses {
 public:
  static constexpr std::chrono::hours kGrain{1};
  static constexpr std::size_t kMaxPending = 10'000;

  MediaAccesses(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  /// Somebody fetches it. Beyond kMaxPending files it is noted another time.
  void note(const MediaRow& row);
  /// From a job, every few minutes.
  Task<Unit> write();

 private:
  store::Database& db_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  std::unordered_map<std::string, base::UnixMs> pending_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::media
