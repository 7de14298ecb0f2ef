// Previews that were just made, or could not be, in memory; and those that are being made.
#pragma once
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/task.h"
#include "homeserver/common/flight.h"

namespace troupe::homeserver::previews {

using Flight = homeserver::Flight<std::string>;

/// What is known of an address without asking the database.
struct Recent {
  Result<std::string> outcome;
  base::UnixMs fetched_ms = 0;
  std::chrono::steady_clock::time_point until;
};

/// One per server; callable from any thread. Never more than kMaxKept outcomes: the oldest go.
class RecentPreviews {
 public:
  static constexpr std::size_t kMaxKept = 500;

  explicit RecentPreviews(const base::Clock& clock) : clock_(clock) {}
  std::optional<Recent> find(const std::string& url) const;
  void keep(const std::string& url, Recent recent);

  struct Boarding {
    std::shared_ptr<Flight> flight;
    bool first = false;          ///< the caller has to see to it that it lands
    std::optional<Recent> kept;  ///< instead of a flight: what one that has just landed brought
  };
  /// The flight for this address that is under way, or a new one. `at`: what was kept later will not do.
  Boarding board(const std::string& url, std::optional<base::UnixMs> at);
  std::shared_ptr<Flight> under_way(const std::string& url) const;
  /// Before it lands: whoever comes later finds what was kept.
  void leave(const std::string& url);

 private:
  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, Recent> recent_ GUARDED_BY(mutex_);
  std::deque<std::string> by_age_ GUARDED_BY(mutex_);  ///< keys of recent_, the oldest first
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::previews
