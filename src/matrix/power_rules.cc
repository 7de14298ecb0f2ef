#include "matrix/power_rules.h"

#include "matrix/ids.h"
#include "matrix/level_values.h"

namespace troupe::matrix {
namespace {

constexpr std::int64_t kCreatorPower = 100;  ///< without a power levels event, before version 12
constexpr std::int64_t kDefaultModeration = 50;

/// Whether absent, or an object that holds only levels.
bool is_level_map(const RoomVersion& version, const JsonObject& content, std::string_view key) {
  const auto* value = find(content, key);
  if (!value) return true;
  const auto* map = value->if_object();
  return map &&
         std::ranges::all_of(*map, [&](const auto& entry) { return level_of(version, entry.value()).has_value(); });
}

bool is_creator(const RoomVersion& version, const Event& create, std::string_view user_id) {
  if (create.sender == user_id) return true;
  if (!version.creators_have_infinite_power) return false;
  const auto* more = find_array(create.content, "additional_creators");
  return more && std::ranges::any_of(*more, [&](const Json& item) {
           const auto* id = item.if_string();
           return id && view(*id) == user_id;
         });
}

/// Calls visit(key, before, after) for each entry that was added, changed or removed; absent is nullopt.
template <class Visit>
Result<Unit> each_change(const RoomVersion& version, const JsonObject* before, const JsonObject* after, Visit visit) {
  if (before) {
    for (const auto& entry : *before) {
      const std::string_view key(entry.key().data(), entry.key().size());
      const auto was = find_level(version, *before, key);
      const auto is = after ? find_level(version, *after, key) : std::nullopt;
      if (was == is) continue;
      TRY(visit(key, was, is));
    }
  }
  if (after) {
    for (const auto& entry : *after) {
      const std::string_view key(entry.key().data(), entry.key().size());
      if (before && before->contains(key)) continue;
      TRY(visit(key, std::nullopt, find_level(version, *after, key)));
    }
  }
  return Unit{};
}

using Level = std::optional<std::int64_t>;

Result<Unit> check_changes(const RoomVersion& version, const JsonObject& before, const JsonObject& after,
                           std::string_view sender, std::int64_t power) {
  const auto within_own_power = [&](std::string_view key, Level was, Level is) -> Result<Unit> {
    if ((was && *was > power) || (is && *is > power)) {
      return refused("Changing " + std::string(key) + " needs at least the level that it has or gets.");
    }
    return Unit{};
  };
  for (const auto key : kLevelKeys) {
    const auto was = find_level(version, before, key);
    const auto is = find_level(version, after, key);
    if (was == is) continue;
    TRY(within_own_power(key, was, is));
  }
  for (const std::string_view map : {"events", "notifications"}) {
    if (map == "notifications" && !version.notification_levels_guarded) continue;
    TRY(each_change(version, find_object(before, map), find_object(after, map), within_own_power));
  }
  const auto for_user = [&](std::string_view user_id, Level was, Level is) -> Result<Unit> {
    if (was && user_id != sender && *was >= power) {
      return refused("The level of " + std::string(user_id) + " is not below your own.");
    }
    if (is && *is > power) return refused("You cannot give a level above your own.");
    return Unit{};
  };
  return each_change(version, find_object(before, "users"), find_object(after, "users"), for_user);
}

}  // namespace

Result<Unit> check_level_shapes(const RoomVersion& version, const JsonObject& content, const Event& create) {
  // NOTSPEC: before version 10 the rules look at the shape of `users` alone. What stands for no level would count as
  // absent: refused here, as everything comes from people of this server.
  const std::string_view form = version.levels == LevelForms::integers ? "an integer" : "an integer, or a text of one";
  for (const auto key : kLevelKeys) {
    const auto* value = find(content, key);
    if (value && !level_of(version, *value)) return refused(std::string(key) + " must be " + std::string(form) + ".");
  }
  for (const auto key : kLevelMaps) {
    if (key == "notifications" && !version.notification_levels_guarded) continue;
    if (!is_level_map(version, content, key)) {
      return refused(std::string(key) + " must be an object in which each value is " + std::string(form) + ".");
    }
  }
  const auto* users = find_object(content, "users");
  for (std::size_t i = 0; users && i < users->size(); ++i) {
    const auto& entry = *(users->begin() + static_cast<std::ptrdiff_t>(i));
    const std::string_view user_id(entry.key().data(), entry.key().size());
    if (!parse_user_id(user_id)) return refused("users holds a key that is no user id.");
    if (version.creators_have_infinite_power && is_creator(version, create, user_id)) {
      return refused("users may not list a creator of the room: their power cannot be changed.");
    }
  }
  return Unit{};
}

PowerLevels::PowerLevels(const RoomVersion& version, const StateView& state)
    : version_(version), create_(state.state("m.room.create", "")), levels_(state.state("m.room.power_levels", "")) {}

std::int64_t PowerLevels::user(std::string_view user_id) const {
  if (version_.creators_have_infinite_power && create_ && is_creator(version_, *create_, user_id)) {
    return kInfinitePower;
  }
  if (!levels_) {
    if (!create_ || version_.creators_have_infinite_power) return 0;
    const auto creator = version_.creator_in_create_content
                             ? find_string(create_->content, "creator").value_or(create_->sender)
                             : std::string_view(create_->sender);
    return creator == user_id ? kCreatorPower : 0;
  }
  if (const auto* users = find_object(levels_->content, "users")) {
    if (const auto level = find_level(version_, *users, user_id)) return *level;
  }
  return find_level(version_, levels_->content, "users_default").value_or(0);
}

std::int64_t PowerLevels::needed_for(std::string_view type, bool is_state) const {
  if (!levels_) return 0;
  if (const auto* events = find_object(levels_->content, "events")) {
    if (const auto level = find_level(version_, *events, type)) return *level;
  }
  if (is_state) return find_level(version_, levels_->content, "state_default").value_or(kDefaultModeration);
  return find_level(version_, levels_->content, "events_default").value_or(0);
}

std::int64_t PowerLevels::invite() const {
  return levels_ ? find_level(version_, levels_->content, "invite").value_or(0) : 0;
}
std::int64_t PowerLevels::kick() const {
  return levels_ ? find_level(version_, levels_->content, "kick").value_or(kDefaultModeration) : kDefaultModeration;
}
std::int64_t PowerLevels::ban() const {
  return levels_ ? find_level(version_, levels_->content, "ban").value_or(kDefaultModeration) : kDefaultModeration;
}
std::int64_t PowerLevels::redact() const {
  return levels_ ? find_level(version_, levels_->content, "redact").value_or(kDefaultModeration) : kDefaultModeration;
}
std::int64_t PowerLevels::notification_room() const {
  const auto* notifications = levels_ ? find_object(levels_->content, "notifications") : nullptr;
  return notifications ? find_level(version_, *notifications, "room").value_or(kDefaultModeration) : kDefaultModeration;
}

Result<Unit> authorize_power_levels(const RoomVersion& version, const EventDraft& draft, const StateView& state,
                                    const Event& create, std::int64_t power) {
  TRY(check_level_shapes(version, draft.content, create));
  const auto before = state.state("m.room.power_levels", "");
  // SPEC: any state_key other than "" is an event like others to the rules, and judged against the one with "".
  if (!before) return Unit{};
  return check_changes(version, before->content, draft.content, draft.sender, power);
}

}  // namespace troupe::matrix
