#include <array>
#include <charconv>

#include "api/shape.h"
#include "homeserver/common/client_route.h"
#include "homeserver/rooms/room_routes.h"

namespace troupe::homeserver::rooms {

/// Body of PUT /directory/list/appservice/{network_id}/{room_id}.
struct NetworkVisibility {
  std::string visibility;
};

}  // namespace troupe::homeserver::rooms

namespace troupe::api {

Shape<homeserver::rooms::NetworkVisibility> make_shape(Of<homeserver::rooms::NetworkVisibility>) {
  using homeserver::rooms::NetworkVisibility;
  static constexpr std::array<std::string_view, 2> kWords{"public", "private"};
  return Shape<NetworkVisibility>::matrix_request(
      {member<&NetworkVisibility::visibility>("visibility", {.one_of = kWords})});
}

}  // namespace troupe::api

namespace troupe::homeserver::rooms {
namespace {

constexpr std::size_t kMaxIdOnWire = 1024;
constexpr std::size_t kMaxSearchBytes = 255;
constexpr std::size_t kMaxRoomTypes = 20;
constexpr std::int64_t kDefaultPage = 100;

Task<net::http::Response> get_alias(RoomApi& api, net::route::Call& call) {
  const auto& alias = call.param("alias");
  if (!alias.starts_with('#')) co_return Error(Errc::invalid_param, "A room alias begins with #.");
  CO_TRY(auto room_id, co_await find_room(api, call, alias));
  co_return json_response({{"room_id", room_id}, {"servers", matrix::JsonArray{api.settings.server_name}}});
}

Task<net::http::Response> put_alias(RoomApi& api, net::route::Call& call) {
  CO_TRY(auto room_id, net::route::required_string(net::route::body_object(call), "room_id", kMaxIdOnWire));
  CO_TRY(co_await api.rooms.put_alias(actor_of(call), call.param("alias"), room_id));
  co_return json_response({});
}

Task<net::http::Response> delete_alias(RoomApi& api, net::route::Call& call) {
  CO_TRY(co_await api.rooms.delete_alias(actor_of(call), call.param("alias")));
  co_return json_response({});
}

Task<net::http::Response> get_aliases(RoomApi& api, net::route::Call& call) {
  CO_TRY(auto aliases, co_await api.rooms.aliases(actor_of(call), call.param("room_id")));
  co_return json_response({{"aliases", boost::json::value_from(aliases)}});
}

Task<net::http::Response> get_visibility(RoomApi& api, net::route::Call& call) {
  CO_TRY(bool listed, co_await api.rooms.is_listed(call.param("room_id")));
  co_return json_response({{"visibility", listed ? "public" : "private"}});
}

Task<net::http::Response> put_visibility(RoomApi& api, net::route::Call& call) {
  CO_TRY(auto visibility, net::route::optional_string(net::route::body_object(call), "visibility", kMaxSearchBytes));
  if (visibility && *visibility != "public" && *visibility != "private")
    co_return Error(Errc::invalid_param, "visibility must be public or private.");
  CO_TRY(co_await api.rooms.set_listed(actor_of(call), call.param("room_id"), visibility != "private"));
  co_return json_response({});
}

/// A room directory of an application service's own (Application Service API
/// #application-service-room-directories); clients know it as "service|network".
Task<net::http::Response> put_network_visibility(RoomApi& api, net::route::Call& call) {
  const auto& network = call.param("network_id");
  if (network.empty() || network.size() > kMaxSearchBytes)
    co_return Error(Errc::invalid_param, "The network's name is empty or longer than 255 bytes.");
  CO_TRY(const auto wanted, api::body_of<NetworkVisibility>(call));
  CO_TRY(
      co_await api.rooms.set_in_network(actor_of(call), network, call.param("room_id"), wanted.visibility == "public"));
  co_return json_response({});
}

Result<std::int64_t> read_number(std::string_view what, std::string_view text) {
  std::int64_t number = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number < 0)
    return Error(Errc::invalid_param, std::string(what) + " is not valid.");
  return number;
}

Result<Unit> check_server(const RoomApi& api, const net::route::Call& call) {
  auto server = call.request.query_value("server");
  if (!server || server->empty() || *server == api.settings.server_name) return Unit{};
  return Error(Errc::not_found, "This server talks to no others, so it knows only its own rooms.");
}

matrix::JsonObject page_body(DirectoryPage page, std::int64_t offset, std::int64_t limit) {
  matrix::JsonObject body{{"chunk", std::move(page.chunk)}, {"total_room_count_estimate", page.total}};
  if (page.next) body["next_batch"] = std::to_string(*page.next);
  if (offset > 0) body["prev_batch"] = std::to_string(std::max<std::int64_t>(0, offset - limit));
  return body;
}

Task<net::http::Response> get_public_rooms(RoomApi& api, net::route::Call& call) {
  CO_TRY(check_server(api, call));
  DirectoryQuery query;
  std::int64_t limit = kDefaultPage;
  if (auto text = call.request.query_value("limit")) {
    CO_TRY(limit, read_number("limit", *text));
  }
  if (auto since = call.request.query_value("since")) {
    CO_TRY(query.offset, read_number("since", *since));
  }
  query.limit = static_cast<std::size_t>(limit);
  auto offset = query.offset;
  CO_TRY(auto page, co_await api.rooms.directory(std::move(query)));
  co_return json_response(page_body(std::move(page), offset, limit));
}

Result<DirectoryQuery> read_query(const matrix::JsonObject& body) {
  DirectoryQuery query;
  TRY(auto limit, net::route::optional_integer(body, "limit"));
  if (limit && *limit < 0) return Error(Errc::invalid_param, "limit is not valid.");
  query.limit = static_cast<std::size_t>(limit.value_or(kDefaultPage));
  TRY(auto since, net::route::optional_string(body, "since", kMaxSearchBytes));
  if (since && !since->empty()) {
    TRY(query.offset, read_number("since", *since));
  }
  TRY(auto network, net::route::optional_string(body, "third_party_instance_id", 2 * kMaxSearchBytes + 1));
  query.network = std::move(network).value_or("");
  TRY(query.all_networks, net::route::optional_bool(body, "include_all_networks", false));
  if (query.all_networks && !query.network.empty())
    return Error(Errc::invalid_param, "include_all_networks goes without third_party_instance_id.");
  const auto* filter = matrix::find(body, "filter");
  if (!filter || filter->is_null()) return query;
  const auto* object = filter->if_object();
  if (!object) return Error(Errc::bad_json, "filter must be an object.");
  TRY(auto term, net::route::optional_string(*object, "generic_search_term", kMaxSearchBytes));
  query.search = term.value_or("");
  const auto* types = matrix::find(*object, "room_types");
  if (!types || types->is_null()) return query;
  if (!types->is_array() || types->get_array().size() > kMaxRoomTypes)
    return Error(Errc::bad_json, "room_types must be an array of at most 20 types.");
  for (const auto& type : types->get_array()) {
    if (type.is_null())
      query.room_types.emplace_back(std::nullopt);
    else if (type.is_string())
      query.room_types.emplace_back(std::string(matrix::view(type.get_string())));
    else
      return Error(Errc::bad_json, "room_types must hold strings or null.");
  }
  return query;
}

Task<net::http::Response> post_public_rooms(RoomApi& api, net::route::Call& call) {
  CO_TRY(check_server(api, call));
  CO_TRY(auto query, read_query(net::route::body_object(call)));
  auto offset = query.offset;
  auto limit = static_cast<std::int64_t>(query.limit);
  CO_TRY(auto page, co_await api.rooms.directory(std::move(query)));
  co_return json_response(page_body(std::move(page), offset, limit));
}

}  // namespace

void add_directory_routes(net::route::Router& router, RoomApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  constexpr auto kOpen = net::route::Access::open;
  constexpr auto kObject = net::route::Body::json_object;
  constexpr std::string_view kAlias = "/directory/room/{alias}";
  constexpr std::string_view kListed = "/directory/list/room/{room_id}";
  group.add({.method = "GET", .path = kAlias, .needs = kOpen, .run = api::bind(get_alias, api)});
  group.add({.method = "PUT", .path = kAlias, .takes = kObject, .run = api::bind(put_alias, api)});
  group.add({.method = "DELETE", .path = kAlias, .run = api::bind(delete_alias, api)});
  group.add({.method = "GET", .path = "/rooms/{room_id}/aliases", .run = api::bind(get_aliases, api)});
  group.add({.method = "GET", .path = kListed, .needs = kOpen, .run = api::bind(get_visibility, api)});
  group.add({.method = "PUT", .path = kListed, .takes = kObject, .run = api::bind(put_visibility, api)});
  group.add({.method = "PUT",
             .path = "/directory/list/appservice/{network_id}/{room_id}",
             .body = api::schema_text<NetworkVisibility>(),
             .takes = kObject,
             .run = api::bind(put_network_visibility, api)});
  group.add({.method = "GET", .path = "/publicRooms", .needs = kOpen, .run = api::bind(get_public_rooms, api)});
  group.add({.method = "POST",
             .path = "/publicRooms",
             .rate = net::route::Rate::read,
             .takes = kObject,
             .run = api::bind(post_public_rooms, api)});
}

}  // namespace troupe::homeserver::rooms
