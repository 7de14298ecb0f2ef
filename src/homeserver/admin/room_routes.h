// Synapse's admin API: rooms.
// https://element-hq.github.io/synapse/latest/admin_api/rooms.html
#pragma once
#include "homeserver/accounts/account_service.h"
#include "homeserver/admin/admin_audit.h"
#include "homeserver/admin/room_changes.h"
#include "homeserver/admin/room_deletion.h"
#include "homeserver/admin/room_list.h"
#include "homeserver/admin/room_sizes.h"
#include "homeserver/admin/user_redaction.h"
#include "homeserver/spaces/hierarchy.h"
#include "homeserver/sync/history.h"
#include "homeserver/sync/room_state.h"
#include "net/route/router.h"

namespace troupe::homeserver::admin {

// What the routes of each file use must outlive the router.

struct RoomListApi {
  RoomList& list;
  rooms::RoomService& rooms;
};
void add_room_list_routes(net::route::Router& router, RoomListApi& api);  ///< list, details, members, extremities

struct RoomReadingApi {
  sync::History& history;
  sync::RoomState& state;
};
void add_room_reading_routes(net::route::Router& router, RoomReadingApi& api);  ///< messages, context, state, one event

void add_room_hierarchy_routes(net::route::Router& router, spaces::Hierarchy& hierarchy);

void add_database_statistics_routes(net::route::Router& router, RoomSizes& sizes);  ///< the largest rooms

struct RoomChangesApi {
  RoomChanges& changes;
  rooms::RoomService& rooms;
  accounts::AccountService& accounts;
};
void add_room_change_routes(net::route::Router& router, RoomChangesApi& api);  ///< block, join, make_room_admin

struct RoomDeletionApi {
  RoomDeletion& deletion;
  accounts::AccountService& accounts;
};
void add_room_deletion_routes(net::route::Router& router, RoomDeletionApi& api);  ///< v1 and v2, with the status

struct HistoryPurgeApi {
  RoomDeletion& deletion;
  sync::History& history;
};
void add_history_purge_routes(net::route::Router& router, HistoryPurgeApi& api);

struct UserRedactionApi {
  UserRedaction& redaction;
  accounts::AccountService& accounts;
  const AdminAudit& audit;
};
void add_user_redaction_routes(net::route::Router& router,
                               UserRedactionApi& api);  ///< what somebody said, in all rooms

/// Error: 400 M_UNKNOWN, as Synapse has it, when the path's room_id is none.
Result<std::string> room_id_of(const net::route::Call& call);

}  // namespace troupe::homeserver::admin
