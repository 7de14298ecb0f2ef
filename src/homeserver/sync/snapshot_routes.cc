// Looking into a room before joining it, and one event without naming its room.
#include "homeserver/common/client_route.h"
#include "homeserver/sync/read_routes.h"

namespace troupe::homeserver::sync {
namespace {

constexpr net::route::NumberRange kEvents{.otherwise = 10,
                                          .least = 0,
                                          .most = static_cast<std::int64_t>(RoomSnapshot::kMaxEvents),
                                          .above = net::route::NumberRange::Above::cut};

Task<net::http::Response> get_room_snapshot(SnapshotApi& api, net::route::Call& call) {
  CO_TRY(const auto limit, net::route::query_number(call.request, "limit", kEvents));
  CO_TRY(auto body, co_await api.snapshot.room(read_request(call), static_cast<std::size_t>(limit)));
  co_return net::http::Response::json(std::move(body));
}

/// Deprecated, for old clients.
Task<net::http::Response> get_one_event(SnapshotApi& api, net::route::Call& call) {
  const auto& event_id = call.param("event_id");
  CO_TRY(auto room_id, co_await api.snapshot.room_of(event_id));
  ReadRequest request{
      .user_id = call.caller->user_id, .device_id = call.caller->device_id, .room_id = std::move(room_id)};
  CO_TRY(auto body, co_await api.history.event(std::move(request), event_id));
  co_return net::http::Response::json(std::move(body));
}

}  // namespace

void add_snapshot_routes(net::route::Router& router, SnapshotApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  group.add({.method = "GET", .path = "/rooms/{room_id}/initialSync", .run = api::bind(get_room_snapshot, api)});
  group.add({.method = "GET", .path = "/events/{event_id}", .run = api::bind(get_one_event, api)});
}

}  // namespace troupe::homeserver::sync
