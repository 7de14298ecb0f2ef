#include "homeserver/client_route.h"
#include "homeserver/reading/read_routes.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kMaxTypeBytes = 255;
constexpr std::size_t kMaxAccountDataBytes = 256 * 1024;

/// Types that have routes of their own (Client-Server API #put_matrixclientv3useruseridaccount_datatype).
bool is_server_controlled(std::string_view type) { return type == kFullyReadType || type == kPushRulesType; }

std::optional<std::string> room_of(const net::Call& call) {
  for (const auto& [name, value] : call.params) {
    if (name == "room_id") return value;
  }
  return std::nullopt;
}

Task<net::Response> get_account_data(AccountData& data, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  CO_TRY(const auto content, co_await data.get(call.caller->user_id, room_of(call), call.param("type")));
  co_return json_response(content);
}

Task<net::Response> put_account_data(AccountData& data, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  const auto& type = call.param("type");
  if (type.size() > kMaxTypeBytes) co_return Error(Errc::invalid_param, "The type is longer than 255 bytes.");
  if (is_server_controlled(type)) {
    co_return Error(Errc::bad_json, "Account data of type " + type + " is set through its own route.").with_status(405);
  }
  CO_TRY(co_await data.set(call.caller->user_id, room_of(call), type, net::body_object(call)));
  co_return json_response({});
}

Task<net::Response> get_tags(AccountData& data, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  auto content = co_await data.get(call.caller->user_id, call.param("room_id"), std::string(kTagType));
  if (content) co_return json_response(*content);
  if (content.error().code() != Errc::not_found) co_return std::unexpected(std::move(content).error());
  co_return json_response({{"tags", matrix::JsonObject()}});
}

Task<net::Response> put_tag(AccountData& data, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  const auto& tag = call.param("tag");
  if (tag.size() > kMaxTypeBytes) co_return Error(Errc::invalid_param, "The tag is longer than 255 bytes.");
  const auto& body = net::body_object(call);
  if (const auto* order = matrix::find(body, "order"); order && !order->is_number()) {
    co_return Error(Errc::bad_json, "order must be a number.");
  }
  CO_TRY(co_await data.set_tag(call.caller->user_id, call.param("room_id"), tag, body));
  co_return json_response({});
}

Task<net::Response> delete_tag(AccountData& data, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  CO_TRY(co_await data.remove_tag(call.caller->user_id, call.param("room_id"), call.param("tag")));
  co_return json_response({});
}

}  // namespace

void add_account_data_routes(net::Router& router, ReadServices services) {
  auto& data = services.account_data;
  for (const auto* path :
       {"/user/{user_id}/account_data/{type}", "/user/{user_id}/rooms/{room_id}/account_data/{type}"}) {
    add_client_route(router,
                     matrix_route("GET", path, [&data](net::Call& call) { return get_account_data(data, call); }));
    auto put = matrix_route("PUT", path, [&data](net::Call& call) { return put_account_data(data, call); });
    put.rate = net::Rate::write;
    put.body = net::Body::json_required;
    put.max_body_bytes = kMaxAccountDataBytes;
    add_client_route(router, std::move(put));
  }

  const std::string tags = "/user/{user_id}/rooms/{room_id}/tags";
  add_client_route(router, matrix_route("GET", tags, [&data](net::Call& call) { return get_tags(data, call); }));
  auto put = matrix_route("PUT", tags + "/{tag}", [&data](net::Call& call) { return put_tag(data, call); });
  put.rate = net::Rate::write;
  put.body = net::Body::json_object;
  put.max_body_bytes = 4096;
  add_client_route(router, std::move(put));
  auto remove = matrix_route("DELETE", tags + "/{tag}", [&data](net::Call& call) { return delete_tag(data, call); });
  remove.rate = net::Rate::write;
  add_client_route(router, std::move(remove));
}

}  // namespace troupe::homeserver
