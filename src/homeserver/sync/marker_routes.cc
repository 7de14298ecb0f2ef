#include "homeserver/accounts/session.h"
#include "homeserver/common/client_route.h"
#include "homeserver/sync/read_routes.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::size_t kMaxIdBytes = 255;

Task<net::http::Response> put_typing(MarkerApi& api, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  const auto& body = net::route::body_object(call);
  const auto* flag = matrix::find(body, "typing");
  if (!flag || !flag->is_bool()) co_return Error(Errc::bad_json, "typing must be true or false.");
  CO_TRY(const auto timeout, net::route::optional_integer(body, "timeout"));
  const auto wait =
      std::clamp<std::int64_t>(timeout.value_or(memory::kDefaultTyping.count()), 0, memory::kMaxTyping.count());
  const bool typing = flag->get_bool() && !accounts::is_shadow_banned(call);
  CO_TRY(co_await api.typing.set(call.param("room_id"), call.caller->user_id, typing, std::chrono::milliseconds(wait)));
  co_return json_response({});
}

bool is_receipt_type(std::string_view type) {
  return type == "m.read" || type == "m.read.private" || type == account_data::kFullyReadType;
}

Task<net::http::Response> post_receipt(MarkerApi& api, net::route::Call& call) {
  const auto& kind = call.param("receipt_type");
  if (!is_receipt_type(kind)) {
    co_return Error(Errc::invalid_param, "The receipt type must be m.read, m.read.private or m.fully_read.");
  }
  CO_TRY(const auto thread, net::route::optional_string(net::route::body_object(call), "thread_id", kMaxIdBytes));
  if (thread && (thread->empty() || kind == account_data::kFullyReadType)) {
    co_return Error(Errc::invalid_param, kind == account_data::kFullyReadType ? "m.fully_read takes no thread_id."
                                                                              : "thread_id may not be empty.");
  }
  std::vector<Receipts::Mark> marks{{kind, call.param("event_id"), thread.value_or("")}};
  CO_TRY(co_await api.receipts.mark(call.caller->user_id, call.param("room_id"), std::move(marks)));
  api.presence.acted(call.caller->user_id);
  co_return json_response({});
}

Task<net::http::Response> post_read_markers(MarkerApi& api, net::route::Call& call) {
  std::vector<Receipts::Mark> marks;
  for (const std::string_view kind : {"m.fully_read", "m.read", "m.read.private"}) {
    CO_TRY(auto event_id, net::route::optional_string(net::route::body_object(call), kind, kMaxIdBytes));
    if (event_id) marks.push_back({std::string(kind), *std::move(event_id), {}});
  }
  if (!marks.empty()) {
    CO_TRY(co_await api.receipts.mark(call.caller->user_id, call.param("room_id"), std::move(marks)));
    api.presence.acted(call.caller->user_id);
  }
  co_return json_response({});
}

}  // namespace

void add_marker_routes(net::route::Router& router, MarkerApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3) + "/rooms/{room_id}",
                                           .needs = net::route::Access::user,
                                           .max_body_bytes = 4096});
  constexpr auto kObject = net::route::Body::json_object;
  group.add({.method = "PUT", .path = "/typing/{user_id}", .takes = kObject, .run = api::bind(put_typing, api)});
  group.add({.method = "POST",
             .path = "/receipt/{receipt_type}/{event_id}",
             .takes = kObject,
             .run = api::bind(post_receipt, api)});
  group.add({.method = "POST", .path = "/read_markers", .takes = kObject, .run = api::bind(post_read_markers, api)});
}

}  // namespace troupe::homeserver::sync
