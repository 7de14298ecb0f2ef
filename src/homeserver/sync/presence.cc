#include "homeserver/sync/presence.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace troupe::homeserver::sync {

namespace {
constexpr std::string_view kPresenceChannel = "hs.presence";
}

Presence::Presence(bus::Bus& bus, const base::Clock& clock, bool enabled)
    : bus_(bus), clock_(clock), enabled_(enabled) {
  if (enabled) others_ = bus.subscribe(std::string(kPresenceChannel), [this](std::string_view bytes) { heard(bytes); });
}

// "<last active> <presence> <user id> <status message>"
std::string Presence::news(const std::string& user_id, Entry& entry, bool changed) {
  if (!changed && entry.active_ms - entry.told_ms < kTellEveryMs) return {};
  entry.told_ms = entry.active_ms;
  return std::to_string(entry.active_ms) + ' ' + entry.presence + ' ' + user_id + ' ' + entry.status_msg;
}

// Our own words come back here too, and change nothing then.
void Presence::heard(std::string_view bytes) {
  base::UnixMs active_ms = 0;
  const auto [end, failed] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), active_ms);
  if (failed != std::errc()) return;
  bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()));
  const auto word = [&]() -> std::optional<std::string_view> {
    if (!bytes.starts_with(' ')) return std::nullopt;
    const auto space = bytes.find(' ', 1);
    if (space == bytes.npos) return std::nullopt;
    const auto found = bytes.substr(1, space - 1);
    bytes.remove_prefix(space);
    return found;
  };
  const auto presence = word();
  const auto user_id = word();
  if (!user_id || (*presence != "online" && *presence != "unavailable" && *presence != "offline")) return;
  const base::Lock lock(mutex_);
  const std::string id(*user_id);
  auto& user = entry(id);
  if (user.active_ms > active_ms) return;
  user.presence = *presence;
  user.status_msg = bytes.substr(1);
  user.active_ms = std::min(active_ms, clock_.unix_ms());
  tell(id, user);
}

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
  std::string news;
  {
    const base::Lock lock(mutex_);
    auto& user = entry(user_id);
    user.presence = std::move(presence);
    user.status_msg = std::move(status_msg);
    user.active_ms = clock_.unix_ms();
    news = Presence::news(user_id, user, true);
    tell(user_id, user);
  }
  bus_.publish(kPresenceChannel, news);
}

void Presence::touch(const std::string& user_id, std::string presence) {
  if (!enabled_) return;
  std::string news;
  {
    const base::Lock lock(mutex_);
    auto& user = entry(user_id);
    const bool changed = user.presence != presence;
    user.presence = std::move(presence);
    user.active_ms = clock_.unix_ms();
    news = Presence::news(user_id, user, changed);
    tell(user_id, user);
  }
  if (!news.empty()) bus_.publish(kPresenceChannel, news);
}

PresenceState Presence::get(const std::string& user_id) const {
  const base::Lock lock(mutex_);
  const auto found = by_user_.find(user_id);
  if (found == by_user_.end()) return {};
  return state_of(found->second);
}

PresenceState Presence::state_of(const Entry& user) const {
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

base::SubscriptionPtr Presence::observe(std::function<void(const matrix::PresenceEdu&)> receive) {
  return observers_.add(std::move(receive));
}

void Presence::tell(const std::string& user_id, Entry& user) {
  auto now = state_of(user).presence;
  if (user.observed == now && user.observed_status == user.status_msg) return;
  user.observed = std::move(now);
  user.observed_status = user.status_msg;
  observers_.tell({.user_id = user_id, .presence = user.observed, .status_msg = user.status_msg});
}

void Presence::tell_of_silent() {
  const base::Lock lock(mutex_);
  for (auto& [user_id, user] : by_user_) tell(user_id, user);
}

}  // namespace troupe::homeserver::sync
