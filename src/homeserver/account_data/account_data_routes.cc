#include "homeserver/account_data/account_data_routes.h"

#include "homeserver/common/client_route.h"

namespace troupe::homeserver::account_data {
namespace {

constexpr std::size_t kMaxTypeBytes = 255;
constexpr std::size_t kMaxAccountDataBytes = 256 * 1024;

/// Types that have routes of their own (Client-Server API #put_matrixclientv3useruseridaccount_datatype).
bool is_server_controlled(std::string_view type) { return type == kFullyReadType || type == kPushRulesType; }

/// Of a room, or of none. Error: 400, the id is none (#put_matrixclientv3useruseridroomsroomidaccount_datatype).
Result<std::optional<std::string>> room_of(const net::route::Call& call) {
  auto room_id = find_param(call, "room_id");
  if (room_id && !room_id->starts_with('!')) return Error(Errc::invalid_param, *room_id + " is not a valid room id.");
  return room_id;
}

Task<net::http::Response> get_account_data(AccountData& data, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  CO_TRY(auto room_id, room_of(call));
  CO_TRY(const auto content, co_await data.get(call.caller->user_id, std::move(room_id), call.param("type")));
  co_return json_response(content);
}

Task<net::http::Response> put_account_data(AccountData& data, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  const auto& type = call.param("type");
  if (type.size() > kMaxTypeBytes) co_return Error(Errc::invalid_param, "The type is longer than 255 bytes.");
  if (is_server_controlled(type)) {
    co_return Error(Errc::bad_json, "Account data of type " + type + " is set through its own route.").with_status(405);
  }
  CO_TRY(auto room_id, room_of(call));
  CO_TRY(co_await data.set(call.caller->user_id, std::move(room_id), type, net::route::body_object(call)));
  co_return json_response({});
}

Task<net::http::Response> get_tags(AccountData& data, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  auto content = co_await data.get(call.caller->user_id, call.param("room_id"), std::string(kTagType));
  if (content) co_return json_response(*content);
  if (content.error().code() != Errc::not_found) co_return std::unexpected(std::move(content).error());
  co_return json_response({{"tags", matrix::JsonObject()}});
}

Task<net::http::Response> put_tag(AccountData& data, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  const auto& tag = call.param("tag");
  if (tag.size() > kMaxTypeBytes) co_return Error(Errc::invalid_param, "The tag is longer than 255 bytes.");
  const auto& body = net::route::body_object(call);
  if (const auto* order = matrix::find(body, "order"); order && !order->is_number()) {
    co_return Error(Errc::bad_json, "order must be a number.");
  }
  CO_TRY(co_await data.set_tag(call.caller->user_id, call.param("room_id"), tag, body));
  co_return json_response({});
}

Task<net::http::Response> delete_tag(AccountData& data, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  CO_TRY(co_await data.remove_tag(call.caller->user_id, call.param("room_id"), call.param("tag")));
  co_return json_response({});
}

}  // namespace

void add_account_data_routes(net::route::Router& router, AccountData& data) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3) + "/user/{user_id}",
                                           .needs = net::route::Access::user,
                                           .max_body_bytes = kMaxAccountDataBytes});
  for (const auto* path : {"/account_data/{type}", "/rooms/{room_id}/account_data/{type}"}) {
    group.add({.method = "GET", .path = path, .run = api::bind(get_account_data, data)});
    group.add({.method = "PUT",
               .path = path,
               .takes = net::route::Body::json_required,
               .run = api::bind(put_account_data, data)});
  }
  group.add({.method = "GET", .path = "/rooms/{room_id}/tags", .run = api::bind(get_tags, data)});
  group.add({.method = "PUT",
             .path = "/rooms/{room_id}/tags/{tag}",
             .takes = net::route::Body::json_object,
             .max_body_bytes = 4096,
             .run = api::bind(put_tag, data)});
  group.add({.method = "DELETE", .path = "/rooms/{room_id}/tags/{tag}", .run = api::bind(delete_tag, data)});
}

}  // namespace troupe::homeserver::account_data
