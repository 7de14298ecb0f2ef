// What clients read, and the marks that readers leave: /sync, history, state, receipts, typing, account data. The
// services behind those routes, and one function that makes them and adds the routes.
#pragma once
#include "homeserver/reading/history.h"
#include "homeserver/reading/presence.h"
#include "homeserver/reading/sync_service.h"
#include "homeserver/rooms/room_state.h"
#include "host/module.h"

namespace troupe::homeserver {

/// The services, for whoever else needs them (the port for products; push rules). Live as long as the program.
struct ReadServices {
  AccountData& account_data;
  Receipts& receipts;
  Typing& typing;
  Filters& filters;
  History& history;
  RoomState& state;
  SyncService& sync;
  Presence* presence = nullptr;  ///< told that whoever syncs is there; may be none
};

/// Makes the services and adds their routes, jobs and the stop of the typing timer. The arguments must outlive the
/// context.
ReadServices setup_reading(host::Context& context, Rooms& rooms, Users& users, EventLookup& lookup, DeviceSync devices,
                           Presence* presence = nullptr);

// The routes of each file. The services must outlive the router.
void add_sync_routes(net::Router& router, ReadServices services);     ///< sync, filters
void add_history_routes(net::Router& router, ReadServices services);  ///< messages, context, event, relations, threads
void add_state_routes(net::Router& router, ReadServices services);    ///< state, members, joined_members, joined_rooms
void add_account_data_routes(net::Router& router, ReadServices services);  ///< account_data, tags
void add_marker_routes(net::Router& router, ReadServices services);        ///< typing, receipt, read_markers

// Query parameters that only these routes have. Errors: invalid_param, naming the parameter.
/// A token of /sync or of pagination: the position that it names.
Result<std::optional<StreamPos>> query_position(const net::Request& request, std::string_view name);
/// An inline RoomEventFilter.
Result<EventFilter> query_filter(const net::Request& request);

/// The caller and the path's room.
ReadRequest read_request(const net::Call& call);

}  // namespace troupe::homeserver
