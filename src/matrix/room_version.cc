#include "matrix/room_version.h"

#include <array>

namespace troupe::matrix {
namespace {

constexpr std::array kVersions{
    RoomVersion{.id = "10",
                .room_id_is_create_hash = false,
                .creators_have_infinite_power = false,
                .creator_in_create_content = true,
                .redacts_in_content = false,
                .redaction_keeps_whole_create = false,
                .state_resolution_2_1 = false},
    RoomVersion{.id = "11",
                .room_id_is_create_hash = false,
                .creators_have_infinite_power = false,
                .creator_in_create_content = false,
                .redacts_in_content = true,
                .redaction_keeps_whole_create = true,
                .state_resolution_2_1 = false},
    RoomVersion{.id = "12",
                .room_id_is_create_hash = true,
                .creators_have_infinite_power = true,
                .creator_in_create_content = false,
                .redacts_in_content = true,
                .redaction_keeps_whole_create = true,
                .state_resolution_2_1 = true},
};

}  // namespace

const RoomVersion* room_version(std::string_view id) {
  for (const auto& version : kVersions) {
    if (version.id == id) return &version;
  }
  return nullptr;
}

std::span<const RoomVersion> room_versions() { return kVersions; }

}  // namespace troupe::matrix
