// Shapes of deleting rooms as Synapse's admin API has them (api/shape.h).
#pragma once
#include "api/shape.h"
#include "homeserver/admin/deletion_store.h"

namespace troupe::homeserver::admin {

/// Body, and what is kept of the request.
struct DeleteRoomBody {
  std::optional<std::string> new_room_user_id;
  std::string room_name = "Content Violation Notification";
  std::string message =
      "Sharing illegal content on this server is not permitted and rooms in violation will be blocked.";
  bool block = false;
  bool purge = true;
  bool force_purge = false;
};

struct PurgeHistoryBody {
  bool delete_local_events = false;
  std::optional<std::string> purge_up_to_event_id;
  std::optional<std::int64_t> purge_up_to_ts;
};

// Answers.

struct ShutdownRoom {
  std::vector<std::string> kicked_users;
  std::vector<std::string> failed_to_kick_users;
  std::vector<std::string> local_aliases;  ///< that lead to the new room now
  std::optional<std::string> new_room_id;
};
struct DeleteId {
  std::string delete_id;
};
struct PurgeId {
  std::string purge_id;
};
struct PurgeState {
  std::string_view status;
  std::optional<std::string> error;
};
struct DeletionState {
  std::string delete_id;
  std::string room_id;
  std::string_view status;
  std::optional<std::string> error;
  ShutdownRoom shutdown_room;
};
struct DeletionStates {
  std::vector<DeletionState> results;
};

}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::DeleteRoomBody> make_shape(Of<homeserver::admin::DeleteRoomBody>);
Shape<homeserver::admin::ShutdownRoom> make_shape(Of<homeserver::admin::ShutdownRoom>);
Shape<homeserver::admin::DeleteId> make_shape(Of<homeserver::admin::DeleteId>);
Shape<homeserver::admin::PurgeHistoryBody> make_shape(Of<homeserver::admin::PurgeHistoryBody>);
Shape<homeserver::admin::PurgeId> make_shape(Of<homeserver::admin::PurgeId>);
Shape<homeserver::admin::PurgeState> make_shape(Of<homeserver::admin::PurgeState>);
Shape<homeserver::admin::DeletionState> make_shape(Of<homeserver::admin::DeletionState>);
Shape<homeserver::admin::DeletionStates> make_shape(Of<homeserver::admin::DeletionStates>);

}  // namespace troupe::api
