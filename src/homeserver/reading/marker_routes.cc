#include "homeserver/client_route.h"
#include "homeserver/reading/read_routes.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kMaxIdBytes = 255;

Task<net::Response> put_typing(Typing& typing, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  const auto& body = net::body_object(call);
  const auto* flag = matrix::find(body, "typing");
  if (!flag || !flag->is_bool()) co_return Error(Errc::bad_json, "typing must be true or false.");
  CO_TRY(const auto timeout, net::optional_integer(body, "timeout"));
  const auto wait = std::clamp<std::int64_t>(timeout.value_or(kDefaultTyping.count()), 0, kMaxTyping.count());
  CO_TRY(co_await typing.set(call.param("room_id"), call.caller->user_id, flag->get_bool(),
                             std::chrono::milliseconds(wait)));
  co_return json_response({});
}

bool is_receipt_type(std::string_view type) {
  return type == "m.read" || type == "m.read.private" || type == kFullyReadType;
}

Task<net::Response> post_receipt(Receipts& receipts, net::Call& call) {
  const auto& kind = call.param("receipt_type");
  if (!is_receipt_type(kind)) {
    co_return Error(Errc::invalid_param, "The receipt type must be m.read, m.read.private or m.fully_read.");
  }
  CO_TRY(const auto thread, net::optional_string(net::body_object(call), "thread_id", kMaxIdBytes));
  if (thread && (thread->empty() || kind == kFullyReadType)) {
    co_return Error(Errc::invalid_param,
                    kind == kFullyReadType ? "m.fully_read takes no thread_id." : "thread_id may not be empty.");
  }
  std::vector<Receipts::Mark> marks{{kind, call.param("event_id"), thread.value_or("")}};
  CO_TRY(co_await receipts.mark(call.caller->user_id, call.param("room_id"), std::move(marks)));
  co_return json_response({});
}

Task<net::Response> post_read_markers(Receipts& receipts, net::Call& call) {
  std::vector<Receipts::Mark> marks;
  for (const std::string_view kind : {"m.fully_read", "m.read", "m.read.private"}) {
    CO_TRY(auto event_id, net::optional_string(net::body_object(call), kind, kMaxIdBytes));
    if (event_id) marks.push_back({std::string(kind), *std::move(event_id), {}});
  }
  if (!marks.empty()) {
    CO_TRY(co_await receipts.mark(call.caller->user_id, call.param("room_id"), std::move(marks)));
  }
  co_return json_response({});
}

}  // namespace

void add_marker_routes(net::Router& router, ReadServices services) {
  const auto add = [&router](net::Route route) {
    route.rate = net::Rate::write;
    route.body = net::Body::json_object;
    route.max_body_bytes = 4096;
    add_client_route(router, std::move(route));
  };
  add(matrix_route("PUT", "/rooms/{room_id}/typing/{user_id}",
                   [&typing = services.typing](net::Call& call) { return put_typing(typing, call); }));
  add(matrix_route("POST", "/rooms/{room_id}/receipt/{receipt_type}/{event_id}",
                   [&receipts = services.receipts](net::Call& call) { return post_receipt(receipts, call); }));
  add(matrix_route("POST", "/rooms/{room_id}/read_markers",
                   [&receipts = services.receipts](net::Call& call) { return post_read_markers(receipts, call); }));
}

}  // namespace troupe::homeserver
