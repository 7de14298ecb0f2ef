#include "matrix/room_version.h"

#include <array>

namespace troupe::matrix {
namespace {

constexpr RoomVersion kFirst{.id = "1",
                             .event_ids = EventIds::given,
                             .state_resolution = StateResolution::v1,
                             .levels = LevelForms::fractions,
                             .redaction_needs_right = true,
                             .aliases_have_own_rule = true,
                             .strict_numbers = false,
                             .notification_levels_guarded = false,
                             .knocking = false,
                             .restricted_joins = false,
                             .redaction_keeps_join_authorisation = false,
                             .knock_restricted_joins = false,
                             .creator_in_create_content = true,
                             .redacts_in_content = false,
                             .redaction_keeps_whole_create = false,
                             .room_id_is_create_hash = false,
                             .creators_have_infinite_power = false};

/// Each version is the one before it with a few changes, as the specification has them.
constexpr std::array<RoomVersion, 12> make_versions() {
  std::array<RoomVersion, 12> all{};
  std::size_t made = 0;
  auto next = kFirst;
  const auto add = [&](std::string_view id) {
    next.id = id;
    all[made++] = next;
  };
  add("1");
  next.state_resolution = StateResolution::v2;
  add("2");
  next.event_ids = EventIds::hash;
  next.redaction_needs_right = false;
  add("3");
  next.event_ids = EventIds::hash_url_safe;
  add("4");
  add("5");  // how long signing keys are valid: nothing here
  next.levels = LevelForms::texts;
  next.aliases_have_own_rule = false;
  next.strict_numbers = true;
  next.notification_levels_guarded = true;
  add("6");
  next.knocking = true;
  add("7");
  next.restricted_joins = true;
  add("8");
  next.redaction_keeps_join_authorisation = true;
  add("9");
  next.levels = LevelForms::integers;
  next.knock_restricted_joins = true;
  add("10");
  next.creator_in_create_content = false;
  next.redacts_in_content = true;
  next.redaction_keeps_whole_create = true;
  add("11");
  next.state_resolution = StateResolution::v2_1;
  next.room_id_is_create_hash = true;
  next.creators_have_infinite_power = true;
  add("12");
  return all;
}

constexpr auto kVersions = make_versions();

}  // namespace

const RoomVersion* room_version(std::string_view id) {
  for (const auto& version : kVersions) {
    if (version.id == id) return &version;
  }
  return nullptr;
}

std::span<const RoomVersion> room_versions() { return kVersions; }

}  // namespace troupe::matrix
