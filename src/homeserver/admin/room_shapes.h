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

Shape<homeserver::admin::RoomEntry> make_shape(Of<homeserver::admin::RoomEntry>);
Shape<homeserver::admin::RoomEntries> make_shape(Of<homeserver::admin::RoomEntries>);
Shape<homeserver::admin::RoomDetails> make_shape(Of<homeserver::admin::RoomDetails>);
Shape<homeserver::admin::MemberList> make_shape(Of<homeserver::admin::MemberList>);
Shape<homeserver::admin::Extremity> make_shape(Of<homeserver::admin::Extremity>);
Shape<homeserver::admin::Extremities> make_shape(Of<homeserver::admin::Extremities>);
Shape<homeserver::admin::DeletedExtremities> make_shape(Of<homeserver::admin::DeletedExtremities>);
Shape<homeserver::admin::RoomIdAnswer> make_shape(Of<homeserver::admin::RoomIdAnswer>);
Shape<homeserver::admin::BlockedBy> make_shape(Of<homeserver::admin::BlockedBy>);
Shape<homeserver::admin::EventPage> make_shape(Of<homeserver::admin::EventPage>);
Shape<homeserver::admin::EventContext> make_shape(Of<homeserver::admin::EventContext>);
Shape<homeserver::admin::NearestEvent> make_shape(Of<homeserver::admin::NearestEvent>);
Shape<homeserver::admin::StateList> make_shape(Of<homeserver::admin::StateList>);
Shape<homeserver::admin::FetchedEvent> make_shape(Of<homeserver::admin::FetchedEvent>);
Shape<homeserver::admin::JoinBody> make_shape(Of<homeserver::admin::JoinBody>);
Shape<homeserver::admin::RoomAdminBody> make_shape(Of<homeserver::admin::RoomAdminBody>);
Shape<homeserver::admin::Block> make_shape(Of<homeserver::admin::Block>);

}  // namespace troupe::api
