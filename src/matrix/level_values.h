// Power levels as events write them. Room versions #deprecated-event-content-schemas.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "matrix/json.h"
#include "matrix/room_version.h"

namespace troupe::matrix {

/// The level that a value stands for in rooms of this version. Nothing when it stands for none, or for one beyond 64
/// bits.
std::optional<std::int64_t> level_of(const RoomVersion& version, const Json& value);
/// The same of a member; nothing, too, when it is absent.
std::optional<std::int64_t> find_level(const RoomVersion& version, const JsonObject& object, std::string_view key);

/// The content of an m.room.power_levels event with every level as an integer, for a version that asks for that. What
/// stands for no level is left out; members that are no levels stay.
JsonObject integer_levels(const RoomVersion& written_for, JsonObject content);

/// The members that hold one level each, and those that hold levels by name.
inline constexpr std::array<std::string_view, 7> kLevelKeys{"users_default", "events_default", "state_default", "ban",
                                                            "redact",        "kick",           "invite"};
inline constexpr std::array<std::string_view, 3> kLevelMaps{"events", "notifications", "users"};

}  // namespace troupe::matrix
