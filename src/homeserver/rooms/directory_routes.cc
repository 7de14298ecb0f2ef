#include <charconv>

#include "homeserver/client_route.h"
#include "homeserver/rooms/room_routes.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kMaxIdOnWire = 1024;
constexpr std::size_t kMaxSearchBytes = 255;
constexpr std::size_t kMaxRoomTypes = 20;
constexpr std::int64_t kDefaultPage = 100;

Task<net::Response> get_alias(RoomServices services, net::Call& call) {
  const auto& alias = call.param("alias");
  if (!alias.starts_with('#')) co_return Error(Errc::invalid_param, "A room alias begins with #.");
  CO_TRY(auto room_id, co_await services.rooms.resolve(alias));
  co_return json_response({{"room_id", room_id}, {"servers", matrix::JsonArray{services.settings.server_name}}});
}

Task<net::Response> put_alias(RoomServices services, net::Call& call) {
  CO_TRY(auto room_id, net::required_string(net::body_object(call), "room_id", kMaxIdOnWire));
  CO_TRY(co_await services.rooms.put_alias(actor_of(call), call.param("alias"), room_id));
  co_return json_response({});
}

Task<net::Response> delete_alias(RoomServices services, net::Call& call) {
  CO_TRY(co_await services.rooms.delete_alias(actor_of(call), call.param("alias")));
  co_return json_response({});
}

Task<net::Response> get_aliases(RoomServices services, net::Call& call) {
  CO_TRY(auto aliases, co_await services.rooms.aliases(actor_of(call), call.param("room_id")));
  co_return json_response({{"aliases", boost::json::value_from(aliases)}});
}

Task<net::Response> get_visibility(RoomServices services, net::Call& call) {
  CO_TRY(bool listed, co_await services.rooms.is_listed(call.param("room_id")));
  co_return json_response({{"visibility", listed ? "public" : "private"}});
}

Task<net::Response> put_visibility(RoomServices services, net::Call& call) {
  CO_TRY(auto visibility, net::optional_string(net::body_object(call), "visibility", kMaxSearchBytes));
  if (visibility && *visibility != "public" && *visibility != "private")
    co_return Error(Errc::invalid_param, "visibility must be public or private.");
  CO_TRY(co_await services.rooms.set_listed(actor_of(call), call.param("room_id"), visibility != "private"));
  co_return json_response({});
}

Result<std::int64_t> read_number(std::string_view what, std::string_view text) {
  std::int64_t number = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number < 0)
    return Error(Errc::invalid_param, std::string(what) + " is not valid.");
  return number;
}

Result<Unit> check_server(const RoomServices& services, const net::Call& call) {
  auto server = call.request.query_value("server");
  if (!server || server->empty() || *server == services.settings.server_name) return Unit{};
  return Error(Errc::not_found, "This server talks to no others, so it knows only its own rooms.");
}

matrix::JsonObject page_body(DirectoryPage page, std::int64_t offset, std::int64_t limit) {
  matrix::JsonObject body{{"chunk", std::move(page.chunk)}, {"total_room_count_estimate", page.total}};
  if (page.next) body["next_batch"] = std::to_string(*page.next);
  if (offset > 0) body["prev_batch"] = std::to_string(std::max<std::int64_t>(0, offset - limit));
  return body;
}

Task<net::Response> get_public(RoomServices services, net::Call& call) {
  CO_TRY(check_server(services, call));
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
  CO_TRY(auto page, co_await services.rooms.directory(std::move(query)));
  co_return json_response(page_body(std::move(page), offset, limit));
}

Result<DirectoryQuery> read_query(const matrix::JsonObject& body) {
  DirectoryQuery query;
  TRY(auto limit, net::optional_integer(body, "limit"));
  if (limit && *limit < 0) return Error(Errc::invalid_param, "limit is not valid.");
  query.limit = static_cast<std::size_t>(limit.value_or(kDefaultPage));
  TRY(auto since, net::optional_string(body, "since", kMaxSearchBytes));
  if (since && !since->empty()) {
    TRY(query.offset, read_number("since", *since));
  }
  const auto* filter = matrix::find(body, "filter");
  if (!filter || filter->is_null()) return query;
  const auto* object = filter->if_object();
  if (!object) return Error(Errc::bad_json, "filter must be an object.");
  TRY(auto term, net::optional_string(*object, "generic_search_term", kMaxSearchBytes));
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

Task<net::Response> post_public(RoomServices services, net::Call& call) {
  CO_TRY(check_server(services, call));
  CO_TRY(auto query, read_query(net::body_object(call)));
  auto offset = query.offset;
  auto limit = static_cast<std::int64_t>(query.limit);
  CO_TRY(auto page, co_await services.rooms.directory(std::move(query)));
  co_return json_response(page_body(std::move(page), offset, limit));
}

}  // namespace

void add_directory_routes(net::Router& router, RoomServices services) {
  auto add = [&](std::string method, std::string path, net::Access needs, net::Rate rate, auto handler) {
    auto route = matrix_route(std::move(method), std::move(path),
                              [services, handler](net::Call& call) { return handler(services, call); });
    route.needs = needs;
    route.rate = rate;
    if (route.method == "PUT" || route.method == "POST") route.body = net::Body::json_object;
    add_client_route(router, std::move(route));
  };
  using enum net::Access;
  add("GET", "/directory/room/{alias}", open, net::Rate::read, get_alias);
  add("PUT", "/directory/room/{alias}", user, net::Rate::write, put_alias);
  add("DELETE", "/directory/room/{alias}", user, net::Rate::write, delete_alias);
  add("GET", "/rooms/{room_id}/aliases", user, net::Rate::read, get_aliases);
  add("GET", "/directory/list/room/{room_id}", open, net::Rate::read, get_visibility);
  add("PUT", "/directory/list/room/{room_id}", user, net::Rate::write, put_visibility);
  add("GET", "/publicRooms", open, net::Rate::read, get_public);
  add("POST", "/publicRooms", user, net::Rate::read, post_public);
}

}  // namespace troupe::homeserver
