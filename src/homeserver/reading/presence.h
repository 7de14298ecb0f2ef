// Who is online: in memory only, forgotten at a restart (Client-Server API #presence). Processes of one server tell
// each other over the bus.
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "bus/bus.h"

namespace troupe::homeserver {

struct PresenceState {
  std::string presence = "offline";  ///< online, unavailable, offline
  std::string status_msg;
  base::UnixMs last_active_ms = 0;  ///< 0: never seen
  bool currently_active = false;
};

/// One per server; callable from any thread. Switched off (settings.presence) everybody is offline and nothing is kept.
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

 private:
  struct Entry {
    std::string presence;
    std::string status_msg;
    base::UnixMs active_ms = 0;
    base::UnixMs told_ms = 0;  ///< when the other processes last heard of it from here
  };
  Entry& entry(const std::string& user_id);
  /// Under the mutex: the words for the other processes; empty when they know enough.
  static std::string news(const std::string& user_id, Entry& entry, bool changed);
  void heard(std::string_view bytes);
  bus::Bus& bus_;
  const base::Clock& clock_;
  const bool enabled_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> by_user_;
  bus::SubscriptionPtr others_;  // the last: it must end before what it changes
};

}  // namespace troupe::homeserver
