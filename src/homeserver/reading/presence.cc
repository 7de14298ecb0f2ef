#include "homeserver/reading/presence.h"

#include <algorithm>

namespace troupe::homeserver {

Presence::Entry& Presence::entry(const std::string& user_id) {
  if (by_user_.size() >= kMaxUsers && !by_user_.contains(user_id)) {
    const auto gone = clock_.unix_ms() - kGoneMs;
    std::erase_if(by_user_, [gone](const auto& user) { return user.second.active_ms < gone; });
    if (by_user_.size() >= kMaxUsers) by_user_.erase(by_user_.begin());
  }
  return by_user_[user_id];
}

void Presence::set(const std::string& user_id, std::string presence, std::string status_msg) {
  if (!enabled_) return;
  std::lock_guard lock(mutex_);
  entry(user_id) = {std::move(presence), std::move(status_msg), clock_.unix_ms()};
}

void Presence::touch(const std::string& user_id, std::string presence) {
  if (!enabled_) return;
  std::lock_guard lock(mutex_);
  auto& user = entry(user_id);
  user.presence = std::move(presence);
  user.active_ms = clock_.unix_ms();
}

PresenceState Presence::get(const std::string& user_id) const {
  std::lock_guard lock(mutex_);
  const auto found = by_user_.find(user_id);
  if (found == by_user_.end()) return {};
  const auto& user = found->second;
  PresenceState state{user.presence, user.status_msg, user.active_ms, false};
  const auto idle_ms = clock_.unix_ms() - user.active_ms;
  if (idle_ms >= kGoneMs) {
    state.presence = "offline";
  } else if (idle_ms >= kIdleMs && state.presence == "online") {
    state.presence = "unavailable";
  }
  state.currently_active = state.presence == "online";
  return state;
}

}  // namespace troupe::homeserver
