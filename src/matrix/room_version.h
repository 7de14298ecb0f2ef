// What differs between the room versions, 1 to 12: one row of features each. Rules ask for a feature, never for a
// version's name. Room versions #feature-matrix.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace troupe::matrix {

/// How events are named, and what they say of those they name.
enum class EventIds : std::uint8_t {
  given,          ///< "$opaque:server", chosen by the server and kept in the event; links carry the reference hash, too
  hash,           ///< "$" + base64 of the reference hash: it may hold "/" and "+"
  hash_url_safe,  ///< the same in the URL-safe alphabet
};

/// What a power level may be written as.
enum class LevelForms : std::uint8_t {
  fractions,  ///< integers, texts of integers, and fractions, of which the part before the point counts
  texts,      ///< integers and texts of integers
  integers,
};

enum class StateResolution : std::uint8_t { v1, v2, v2_1 };

struct RoomVersion {
  std::string_view id;
  EventIds event_ids;
  StateResolution state_resolution;
  LevelForms levels;
  bool redaction_needs_right;        ///< 1, 2: the rules ask for the redact level, or an event of one's own server
  bool aliases_have_own_rule;        ///< 1–5: m.room.aliases belongs to the server of its state key
  bool strict_numbers;               ///< 6+: canonical JSON; before, numbers may be of any kind
  bool notification_levels_guarded;  ///< 6+: nobody changes `notifications` above their own level
  bool knocking;                     ///< 7+: membership and join rule
  bool restricted_joins;             ///< 8+: join rule `restricted`, of which redaction keeps `allow`
  bool redaction_keeps_join_authorisation;  ///< 9+: `join_authorised_via_users_server`
  bool knock_restricted_joins;              ///< 10+
  bool creator_in_create_content;           ///< 1–10
  bool redacts_in_content;                  ///< 11+
  bool redaction_keeps_whole_create;        ///< 11+
  bool room_id_is_create_hash;        ///< 12: "!" + reference hash of the create event; create is never in auth_events
  bool creators_have_infinite_power;  ///< 12, with additional_creators
};

/// nullptr for a version that is not supported.
const RoomVersion* room_version(std::string_view id);
/// All of them, in their order.
std::span<const RoomVersion> room_versions();
inline constexpr std::string_view kDefaultRoomVersion = "12";

}  // namespace troupe::matrix
