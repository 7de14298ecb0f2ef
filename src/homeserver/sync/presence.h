// Who is online: in memory only, forgotten at a restart (Client-Server API #presence). Processes of one server tell
// each other over the bus.
#pragma once
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "bus/bus.h"
#include "matrix/ephemeral_feed.h"

namespace troupe::homeserver::sync {

struct PresenceState {
  std::string presence = "offline";  ///< online, unavailable, offline
  std::string status_msg;
  base::UnixMs last_active_ms = 0;  ///< 0: never seen
  bool currently_active = false;
};

/// One per server; callable from any thread. Switched off (HomeserverSettings::presence) everybody is offline and
/// nothing is kept.
class Presence {
 public:
  static constexpr base::UnixMs kIdleMs = 5 * 60'000;   ///< online without a sign of life: unavailable
  static constexpr base::UnixMs kGoneMs = 15 * 60'000;  ///< then offline
  static constexpr std::size_t kMaxUsers = 50'000;

  static constexpr base::UnixMs kTellEveryMs = 60'000;  ///< the other processes, while nothing changes

  Presence(bus::Bus& bus, const base::Clock& clock, bool enabled);

  bool enabled() const { return enabled_; }
  /// `presence` is one of the three words.
  void set(const std::string& user_id, std::string presence, std::string status_msg);
  /// A sign of life, e.g. a /sync request with set_presence=online; keeps the status message.
  void touch(const std::string& user_id, std::string presence);
  PresenceState get(const std::string& user_id) const;

  /// Everybody's presence whenever it changes, in order. Callbacks run under a lock of this object.
  [[nodiscard]] base::SubscriptionPtr observe(std::function<void(const matrix::PresenceEdu&)> receive);
  /// Tells the observers of those whose silence made them unavailable or offline. From a job.
  void tell_of_silent();

 private:
  struct Entry {
    std::string presence;
    std::string status_msg;
    base::UnixMs active_ms = 0;
    base::UnixMs told_ms = 0;          ///< when the other processes last heard of it from here
    std::string observed = "offline";  ///< the presence that the observers know
    std::string observed_status = {};
  };
  Entry& entry(const std::string& user_id) REQUIRES(mutex_);
  /// Under the mutex: the words for the other processes; empty when they know enough.
  static std::string news(const std::string& user_id, Entry& entry, bool changed);
  void heard(std::string_view bytes);
  PresenceState state_of(const Entry& entry) const;
  /// Tells the observers what they do not know yet.
  void tell(const std::string& user_id, Entry& entry) REQUIRES(mutex_);
  bus::Bus& bus_;
  const base::Clock& clock_;
  const bool enabled_;
  base::Observers<const matrix::PresenceEdu&> observers_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, Entry> by_user_ GUARDED_BY(mutex_);
  bus::SubscriptionPtr others_;  // the last: it must end before what it changes
};

}  // namespace troupe::homeserver::sync
