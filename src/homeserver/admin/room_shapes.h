// Shapes of rooms as Synapse's admin API has them (api/shape.h).
#pragma once
#include "api/shape.h"

namespace troupe::homeserver::admin {

// Answers.

/// A room in the list of all.
struct RoomEntry {
  std::string room_id;
  std::optional<std::string> name;
  std::optional<std::string> canonical_alias;
  std::int64_t joined_members = 0;
  std::int64_t joined_local_members = 0;
  std::string version;
  std::string creator;
  std::optional<std::string> encryption;  ///< the algorithm
  bool federatable = true;
  bool is_public = false;
  std::optional<std::string> join_rules;
  std::optional<std::string> guest_access;
  std::optional<std::string> history_visibility;
  std::int64_t state_events = 0;
  std::optional<std::string> room_type;
};
struct RoomEntries {
  std::vector<RoomEntry> rooms;
  std::int64_t offset = 0;
  std::int64_t total_rooms = 0;
  std::optional<std::int64_t> next_batch;
  std::optional<std::int64_t> prev_batch;
};
struct RoomDetails {
  RoomEntry entry;
  std::optional<std::string> topic;
  std::optional<std::string> avatar;
  std::int64_t joined_local_devices = 0;
  bool forgotten = false;  ///< by everybody who ever was in it
  bool tombstoned = false;
  std::optional<std::string> replacement_room;
};
struct MemberList {
  std::vector<std::string> members;
};
struct Extremity {
  std::string event_id;
  std::int64_t state_group = 0;
  std::int64_t depth = 0;
  std::int64_t received_ts = 0;
};
struct Extremities {
  std::vector<Extremity> results;
};
struct DeletedExtremities {
  std::int64_t deleted = 0;
};
struct RoomIdAnswer {
  std::string room_id;
};
struct Done {};
struct BlockedBy {
  bool block = false;
  std::optional<std::string> user_id;
};

// What the readers of rooms write as text; these tables are only the document's.
struct EventPage {};
struct EventContext {};
struct NearestEvent {};
struct StateList {};
struct FetchedEvent {};

// Bodies.

struct JoinBody {
  std::string user_id;
};
struct RoomAdminBody {
  std::optional<std::string> user_id;
};
/// Body and answer.
struct Block {
  bool block = false;
};

}  // namespace troupe::homeserver::admin

namespace troupe::api {

template <>
const Shape<homeserver::admin::RoomEntry>& shape_of();
template <>
const Shape<homeserver::admin::RoomEntries>& shape_of();
template <>
const Shape<homeserver::admin::RoomDetails>& shape_of();
template <>
const Shape<homeserver::admin::MemberList>& shape_of();
template <>
const Shape<homeserver::admin::Extremity>& shape_of();
template <>
const Shape<homeserver::admin::Extremities>& shape_of();
template <>
const Shape<homeserver::admin::DeletedExtremities>& shape_of();
template <>
const Shape<homeserver::admin::RoomIdAnswer>& shape_of();
template <>
const Shape<homeserver::admin::Done>& shape_of();
template <>
const Shape<homeserver::admin::BlockedBy>& shape_of();
template <>
const Shape<homeserver::admin::EventPage>& shape_of();
template <>
const Shape<homeserver::admin::EventContext>& shape_of();
template <>
const Shape<homeserver::admin::NearestEvent>& shape_of();
template <>
const Shape<homeserver::admin::StateList>& shape_of();
template <>
const Shape<homeserver::admin::FetchedEvent>& shape_of();
template <>
const Shape<homeserver::admin::JoinBody>& shape_of();
template <>
const Shape<homeserver::admin::RoomAdminBody>& shape_of();
template <>
const Shape<homeserver::admin::Block>& shape_of();

}  // namespace troupe::api
