// The routes of what clients read, and of the marks that readers leave: /sync, history, state, receipts, typing.
#pragma once
#include "homeserver/memory/typing.h"
#include "homeserver/sync/filters.h"
#include "homeserver/sync/history.h"
#include "homeserver/sync/notification_list.h"
#include "homeserver/sync/presence.h"
#include "homeserver/sync/receipts.h"
#include "homeserver/sync/room_snapshot.h"
#include "homeserver/sync/room_state.h"
#include "homeserver/sync/sync_service.h"
#include "net/route/router.h"

namespace troupe::homeserver::sync {

// What the routes of each file use must outlive the router.

struct SyncApi {
  SyncService& sync;
  Filters& filters;
  Presence& presence;  ///< told that whoever syncs is there
};
void add_sync_routes(net::route::Router& router, SyncApi& api);  ///< sync, filters

void add_history_routes(net::route::Router& router,
                        History& history);  ///< messages, context, event, relations, threads
struct SnapshotApi {
  RoomSnapshot& snapshot;
  History& history;
};
void add_snapshot_routes(net::route::Router& router, SnapshotApi& api);  ///< a room's initialSync, events by id
void add_notification_routes(net::route::Router& router, NotificationList& notifications);
void add_state_routes(net::route::Router& router, RoomState& state);  ///< state, members, joined_members, joined_rooms

struct MarkerApi {
  Receipts& receipts;
  memory::Typing& typing;
  Presence& presence;  ///< told that whoever reads is there
};
void add_marker_routes(net::route::Router& router, MarkerApi& api);  ///< typing, receipt, read_markers

struct PresenceApi {
  store::Database& db;
  Presence& presence;
  PresenceFeed& feed;
};
void add_presence_routes(net::route::Router& router, PresenceApi& api);

// Query parameters that only these routes have. Errors: invalid_param, naming the parameter.
/// A token of /sync or of pagination: the position that it names.
Result<std::optional<StreamPos>> query_position(const net::http::Request& request, std::string_view name);
/// ?dir, ?from, ?to and ?limit: what all pages share.
Result<PageRequest> query_page(const net::http::Request& request, std::string_view default_dir,
                               std::int64_t default_limit);
/// ?ts and ?dir: the event nearest to a time. Error also: missing_param.
struct TimeRequest {
  std::int64_t ts_ms = 0;
  bool forward = true;
};
Result<TimeRequest> query_time(const net::http::Request& request);
/// An inline RoomEventFilter.
Result<EventFilter> query_filter(const net::http::Request& request);

/// The caller and the path's room.
ReadRequest read_request(const net::route::Call& call);

}  // namespace troupe::homeserver::sync
