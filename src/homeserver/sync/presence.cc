#include "homeserver/sync/presence.h"

#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "homeserver/memory/room.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::string_view kPresenceChannel = "hs.presence.signs";

std::uint64_t device_number(std::string_view device_id) {
  const auto hash = static_cast<std::uint64_t>(std::hash<std::string_view>{}(device_id));
  return hash == 0 ? 1 : hash;
}

/// Takes the next word and the space after it; empty: there is none.
std::string_view take_word(std::string_view& text) {
  const auto space = text.find(' ');
  if (space == text.npos) return {};
  const auto word = text.substr(0, space);
  text.remove_prefix(space + 1);
  return word;
}

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<Availability> availability_of(std::string_view word) {
  for (const auto availability : {Availability::offline, Availability::unavailable, Availability::online}) {
    if (word == word_of(availability)) return availability;
  }
  return std::nullopt;
}

std::string_view word_of(Availability availability) {
  switch (availability) {
    case Availability::offline:
      return "offline";
    case Availability::unavailable:
      return "unavailable";
    case Availability::online:
      return "online";
  }
  return "offline";
}

Presence::Presence(bus::Bus& bus, const base::Clock& clock, bool enabled)
    : bus_(bus), clock_(clock), enabled_(enabled), process_(base::random_alphanumeric(8)) {
  if (enabled) others_ = bus.subscribe(std::string(kPresenceChannel), [this](std::string_view bytes) { heard(bytes); });
}

std::int64_t Presence::now_ms() const { return memory::steady_ms(clock_); }

Availability Presence::availability(const Entry& entry, std::int64_t now_ms) {
  auto best = Availability::offline;
  for (const auto& sign : entry.signs) {
    if (now_ms - sign.seen_ms < kGoneMs) best = std::max(best, sign.availability);
  }
  const bool idle = !entry.active_ms || now_ms - *entry.active_ms >= kIdleMs;
  return best == Availability::online && idle ? Availability::unavailable : best;
}

Presence::Entry& Presence::entry(const std::string& user_id) {
  if (by_user_.size() >= kMaxUsers && !by_user_.contains(user_id)) {
    const auto now = now_ms();
    std::erase_if(by_user_, [now](const auto& user) {
      return user.second.known == Availability::offline && availability(user.second, now) == Availability::offline;
    });
    if (by_user_.size() >= kMaxUsers) by_user_.erase(by_user_.begin());
  }
  return by_user_[user_id];
}

bool Presence::put(Entry& entry, const Said& said, std::int64_t now_ms) {
  if (said.device != kRestored) std::erase_if(entry.signs, [](const Sign& sign) { return sign.device == kRestored; });
  std::erase_if(entry.signs, [now_ms](const Sign& sign) { return now_ms - sign.seen_ms >= kGoneMs; });
  auto sign = std::ranges::find(entry.signs, said.device, &Sign::device);
  if (said.availability == Availability::offline) {
    if (sign == entry.signs.end()) return false;
    entry.signs.erase(sign);
    return true;
  }
  const bool known = sign != entry.signs.end();
  if (!known) {
    if (entry.signs.size() >= kMaxDevices) entry.signs.erase(std::ranges::min_element(entry.signs, {}, &Sign::seen_ms));
    entry.signs.push_back({.device = said.device});
    sign = std::prev(entry.signs.end());
  }
  const bool changed = !known || sign->availability != said.availability;
  if (changed && said.availability == Availability::online) entry.active_ms = now_ms;
  sign->availability = said.availability;
  sign->seen_ms = now_ms;
  if (!changed && now_ms - sign->told_ms < kTellEveryMs) return false;
  sign->told_ms = now_ms;
  return true;
}

// "<process> <device> <word> <ms since the last act, or −1> <user id> <status message>"
std::string Presence::news(const std::string& user_id, const Entry& entry, const Said& said) const {
  std::string text = process_ + ' ' + std::to_string(said.device) + ' ';
  text += word_of(said.availability);
  text += ' ' + std::to_string(entry.active_ms ? now_ms() - *entry.active_ms : -1) + ' ';
  text += user_id + ' ' + entry.status_msg;
  return text;
}

void Presence::heard(std::string_view bytes) {
  if (take_word(bytes) == process_) return;
  Said said;
  std::int64_t active_ago_ms = -1;
  const auto device = take_word(bytes);
  const auto availability = availability_of(take_word(bytes));
  const auto ago = take_word(bytes);
  const auto user_id = std::string(take_word(bytes));
  if (!read_number(device, said.device) || !availability || !read_number(ago, active_ago_ms) || user_id.empty()) return;
  said.availability = *availability;
  const base::Lock lock(mutex_);
  auto& user = entry(user_id);
  const auto now = now_ms();
  const auto before = user.active_ms;
  put(user, said, now);
  user.active_ms = before;
  if (active_ago_ms >= 0) user.active_ms = std::max(before.value_or(now - active_ago_ms), now - active_ago_ms);
  user.status_msg = bytes;
  tell(user_id, user, false);
}

void Presence::say(const std::string& user_id, Said said) {
  if (!enabled_) return;
  std::string news;
  {
    const base::Lock lock(mutex_);
    auto& user = entry(user_id);
    bool tells = put(user, said, now_ms());
    if (said.status_msg) {
      tells = true;
      user.status_msg = *std::move(said.status_msg);
      if (said.availability == Availability::online) user.active_ms = now_ms();
    }
    if (tells) news = Presence::news(user_id, user, said);
    tell(user_id, user, true);
  }
  if (!news.empty()) bus_.publish(kPresenceChannel, news);
}

void Presence::set(const std::string& user_id, std::string_view device_id, Availability availability,
                   std::string status_msg) {
  say(user_id, {.device = device_number(device_id), .availability = availability, .status_msg = std::move(status_msg)});
}

void Presence::touch(const std::string& user_id, std::string_view device_id, Availability availability) {
  say(user_id, {.device = device_number(device_id), .availability = availability, .status_msg = std::nullopt});
}

void Presence::acted(const std::string& user_id) {
  if (!enabled_) return;
  const base::Lock lock(mutex_);
  const auto found = by_user_.find(user_id);
  if (found == by_user_.end() || found->second.signs.empty()) return;
  found->second.active_ms = now_ms();
  tell(user_id, found->second, true);
}

PresenceState Presence::get(const std::string& user_id) const {
  const base::Lock lock(mutex_);
  const auto found = by_user_.find(user_id);
  if (found == by_user_.end()) return {};
  const auto now = now_ms();
  PresenceState state{.availability = availability(found->second, now),
                      .status_msg = found->second.status_msg,
                      .last_active_ago_ms = std::nullopt};
  if (found->second.active_ms) state.last_active_ago_ms = now - *found->second.active_ms;
  return state;
}

std::vector<std::string> Presence::present() const {
  std::vector<std::string> found;
  const base::Lock lock(mutex_);
  const auto now = now_ms();
  for (const auto& [user_id, user] : by_user_) {
    if (availability(user, now) != Availability::offline) found.push_back(user_id);
  }
  return found;
}

base::SubscriptionPtr Presence::observe(std::function<void(const matrix::PresenceEdu&)> receive) {
  return observers_.add(std::move(receive));
}

void Presence::tell(const std::string& user_id, Entry& user, bool here) {
  const auto now = availability(user, now_ms());
  if (user.known == now && user.known_status == user.status_msg) return;
  user.known = now;
  user.known_status = user.status_msg;
  if (here) unsaved_.insert(user_id);
  observers_.tell({.user_id = user_id, .presence = std::string(word_of(now)), .status_msg = user.status_msg});
}

void Presence::tell_of_silent() {
  const base::Lock lock(mutex_);
  for (auto& [user_id, user] : by_user_) tell(user_id, user, true);
}

std::vector<PresenceRow> Presence::take_unsaved(std::size_t limit) {
  std::vector<PresenceRow> rows;
  const base::Lock lock(mutex_);
  const auto now = now_ms();
  while (!unsaved_.empty() && rows.size() < limit) {
    PresenceRow row{.user_id = *unsaved_.begin(), .presence = "offline", .status_msg = {}, .active_ms = 0};
    unsaved_.erase(unsaved_.begin());
    if (const auto found = by_user_.find(row.user_id); found != by_user_.end()) {
      row.presence = word_of(found->second.known);
      row.status_msg = found->second.status_msg;
      if (found->second.active_ms) row.active_ms = clock_.unix_ms() - (now - *found->second.active_ms);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void Presence::not_saved(const std::vector<PresenceRow>& rows) {
  const base::Lock lock(mutex_);
  for (const auto& row : rows) unsaved_.insert(row.user_id);
}

void Presence::restore(const std::vector<PresenceRow>& rows) {
  if (!enabled_) return;
  const base::Lock lock(mutex_);
  const auto now = now_ms();
  for (const auto& row : rows) {
    const auto presence = availability_of(row.presence);
    if (!presence || by_user_.contains(row.user_id)) continue;  // somebody who has come already says it better
    auto& user = entry(row.user_id);
    user.status_msg = row.status_msg;
    if (row.active_ms > 0) user.active_ms = now - std::max<std::int64_t>(clock_.unix_ms() - row.active_ms, 0);
    if (*presence != Availability::offline)
      user.signs.push_back({.device = kRestored, .availability = *presence, .seen_ms = now, .told_ms = now});
    user.known = *presence;
    user.known_status = user.status_msg;
  }
}

}  // namespace troupe::homeserver::sync
