// Removing a room's history before an event or a time, in the background.
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/room_routes.h"
#include "homeserver/common/client_route.h"

namespace troupe::homeserver::admin {
namespace {

constexpr std::size_t kMostPurgeBody = 16UL * 1024;

sync::ReadRequest whole_room(const net::route::Call& call, std::string room_id) {
  return {.user_id = call.caller->user_id,
          .device_id = call.caller->device_id,
          .room_id = std::move(room_id),
          .as_admin = true};
}

/// The event that history goes before. Errors: not_found; 400 M_BAD_JSON (nothing is named).
Task<std::string> event_of(HistoryPurgeApi& api, const net::route::Call& call, const PurgeHistoryBody& wanted,
                           const std::string& room_id) {
  if (auto in_path = find_param(call, "event_id")) co_return *std::move(in_path);
  if (wanted.purge_up_to_event_id) co_return *wanted.purge_up_to_event_id;
  if (!wanted.purge_up_to_ts) {
    co_return Error(Errc::bad_json, "must specify purge_up_to_event_id or purge_up_to_ts");
  }
  const auto found = co_await api.history.event_at_time(whole_room(call, room_id), *wanted.purge_up_to_ts, false);
  if (!found && found.error().code() == Errc::not_found) {
    co_return Error(Errc::not_found, "there is no event to be purged");
  }
  if (!found) co_return std::unexpected(found.error());
  CO_TRY(const auto json, matrix::parse_json(*found));
  co_return std::string(matrix::find_string(json.as_object(), "event_id").value_or(""));
}

Task<net::http::Response> purge_history(HistoryPurgeApi& api, net::route::Call& call) {
  CO_TRY(const auto wanted, api::body_of<PurgeHistoryBody>(call));
  CO_TRY(auto room_id, room_id_of(call));
  CO_TRY(const bool is_here, co_await api.deletion.is_here(room_id));
  if (!is_here) co_return Error(Errc::not_found, "Room not found");
  CO_TRY(auto event_id, co_await event_of(api, call, wanted, room_id));
  CO_TRY(const auto place, co_await api.history.place_of(std::move(event_id)));
  if (place.room_id != room_id)
    co_return Error(Errc::invalid_param, "Event is for wrong room.").with_wire_code("M_UNKNOWN");
  CO_TRY(auto purge_id, co_await api.deletion.start_history(std::move(room_id), place.pos, wanted.delete_local_events));
  api.deletion.wake();
  co_return api::answer(PurgeId{std::move(purge_id)});
}

Task<net::http::Response> get_purge(HistoryPurgeApi& api, net::route::Call& call) {
  CO_TRY(const auto state, co_await api.deletion.history_state(call.param("purge_id")));
  co_return api::answer(state);
}

}  // namespace

void add_history_purge_routes(net::route::Router& router, HistoryPurgeApi& api) {
  const auto group = admin_group(router, "/v1");
  for (const auto* path : {"/purge_history/{room_id}", "/purge_history/{room_id}/{event_id}"}) {
    group.add({.method = "POST",
               .path = path,
               .summary = "Remove a room's history before an event or a time; state stays",
               .body = api::schema_text<PurgeHistoryBody>(),
               .takes = net::route::Body::json_object,
               .max_body_bytes = kMostPurgeBody,
               .reply = api::schema_text<PurgeId>(),
               .run = api::bind(purge_history, api)});
  }
  group.add({.method = "GET",
             .path = "/purge_history_status/{purge_id}",
             .summary = "How far a removal of history is",
             .reply = api::schema_text<PurgeState>(),
             .run = api::bind(get_purge, api)});
}

}  // namespace troupe::homeserver::admin
