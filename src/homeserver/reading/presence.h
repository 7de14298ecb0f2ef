// Who is online: in memory only, forgotten at a restart (Client-Server API #presence).
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"

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

  Presence(const base::Clock& clock, bool enabled) : clock_(clock), enabled_(enabled) {}

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
  };
  Entry& entry(const std::string& user_id);
  const base::Clock& clock_;
  const bool enabled_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> by_user_;
};

}  // namespace troupe::homeserver
