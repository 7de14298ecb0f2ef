// What differs between the room versions that Troupe creates and serves: 10, 11 and 12.
#pragma once
#include <optional>
#include <span>
#include <string_view>

namespace troupe::matrix {

struct RoomVersion {
  std::string_view id;
  bool room_id_is_create_hash;        ///< 12: "!" + reference hash of the create event; create is never in auth_events
  bool creators_have_infinite_power;  ///< 12, with additional_creators
  bool creator_in_create_content;     ///< 10
  bool redacts_in_content;            ///< 11+
  bool redaction_keeps_whole_create;  ///< 11+
  bool state_resolution_2_1;          ///< 12
};

/// nullptr for a version that is not supported.
const RoomVersion* room_version(std::string_view id);
std::span<const RoomVersion> room_versions();
inline constexpr std::string_view kDefaultRoomVersion = "12";

}  // namespace troupe::matrix
