#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/room_routes.h"
#include "matrix/ids.h"

namespace troupe::homeserver::admin {
namespace {

constexpr std::string_view kOrderSchema =
    R"({"type":"string","enum":["name","alphabetical","canonical_alias","joined_members","size","joined_local_members",)"
    R"("version","creator","encryption","federatable","public","join_rules","guest_access","history_visibility",)"
    R"("state_events"],"default":"name"})";

/// Nothing when the parameter is not there.
Result<std::optional<bool>> query_condition(const net::http::Request& request, std::string_view name) {
  if (!request.query_value(name)) return std::optional<bool>();
  TRY(const bool wanted, net::route::query_flag(request, name));
  return std::optional(wanted);
}

Task<net::http::Response> list_rooms(RoomListApi& api, net::route::Call& call) {
  const auto& request = call.request;
  RoomListQuery query;
  CO_TRY(query.page, admin_page(request));
  if (const auto word = request.query_value("order_by")) {
    const auto order = parse_room_order(*word);
    if (!order) co_return Error(Errc::invalid_param, "Query parameter 'order_by' must be one of the names listed.");
    query.order = *order;
  }
  if (request.query_value("search_term") == "")
    co_return Error(Errc::invalid_param, "search_term cannot be an empty string");
  CO_TRY(query.search, net::route::query_search(request, "search_term"));
  CO_TRY(query.only_public, query_condition(request, "public_rooms"));
  CO_TRY(query.only_empty, query_condition(request, "empty_rooms"));
  CO_TRY(const auto page, co_await api.list.page(std::move(query)));
  co_return api::answer(page);
}

Task<net::http::Response> get_room(RoomListApi& api, net::route::Call& call) {
  CO_TRY(const auto details, co_await api.list.details(call.param("room_id")));
  co_return api::answer(details);
}

Task<net::http::Response> list_members(RoomListApi& api, net::route::Call& call) {
  CO_TRY(const auto members, co_await api.list.members(call.param("room_id")));
  co_return api::answer(members);
}

Task<net::http::Response> get_extremities(RoomListApi& api, net::route::Call& call) {
  CO_TRY(auto room_id, co_await api.rooms.resolve(call.param("room_id")));
  CO_TRY(const auto found, co_await api.list.extremities(std::move(room_id)));
  co_return api::answer(found);
}

// The events of a room follow one upon another here, so there is never one too many.
Task<net::http::Response> delete_extremities(RoomListApi& api, net::route::Call& call) {
  CO_TRY(auto room_id, co_await api.rooms.resolve(call.param("room_id")));
  CO_TRY(co_await api.list.extremities(std::move(room_id)));
  co_return api::answer(DeletedExtremities{});
}

}  // namespace

Result<std::string> room_id_of(const net::route::Call& call) {
  const auto& room_id = call.param("room_id");
  if (matrix::parse_room_id(room_id)) return room_id;
  return Error(Errc::invalid_param, room_id.substr(0, matrix::kMaxIdBytes) + " is not a legal room ID")
      .with_wire_code("M_UNKNOWN");
}

void add_room_list_routes(net::route::Router& router, RoomListApi& api) {
  auto query = admin_page_params();
  query.push_back({"order_by", "what the list is sorted by; numbers begin with the largest", kOrderSchema});
  query.push_back({"search_term", "part of a room's name or alias, or its id"});
  query.push_back({"public_rooms", "whether they are in the directory", R"({"type":"boolean"})"});
  query.push_back({"empty_rooms", "whether nobody is in them", R"({"type":"boolean"})"});
  const auto group = admin_group(router, "/v1/rooms");
  group.add({.method = "GET",
             .summary = "List rooms",
             .reply = api::schema_text<RoomEntries>(),
             .query = std::move(query),
             .run = api::bind(list_rooms, api)});
  group.add({.method = "GET",
             .path = "/{room_id}",
             .summary = "Show a room",
             .reply = api::schema_text<RoomDetails>(),
             .run = api::bind(get_room, api)});
  group.add({.method = "GET",
             .path = "/{room_id}/members",
             .summary = "List who is in a room",
             .reply = api::schema_text<MemberList>(),
             .run = api::bind(list_members, api)});
  group.add({.method = "GET",
             .path = "/{room_id}/forward_extremities",
             .summary = "Show the newest event of a room (by its id or alias)",
             .reply = api::schema_text<Extremities>(),
             .run = api::bind(get_extremities, api)});
  group.add({.method = "DELETE",
             .path = "/{room_id}/forward_extremities",
             .summary = "Remove superfluous newest events: there never are any",
             .reply = api::schema_text<DeletedExtremities>(),
             .run = api::bind(delete_extremities, api)});
}

}  // namespace troupe::homeserver::admin
