#include "homeserver/client_route.h"
#include "homeserver/reading/read_routes.h"

namespace troupe::homeserver {
namespace {

using namespace std::chrono_literals;

constexpr net::NumberRange kTimeoutMs{
    .otherwise = 0, .least = 0, .most = 24LL * 3600 * 1000, .above = net::NumberRange::Above::cut};

Task<net::Response> get_sync(SyncService& sync, Presence* tracker, net::Call& call) {
  SyncRequest wanted;
  const auto& request = call.request;
  CO_TRY(const auto timeout, net::query_number(request, "timeout", kTimeoutMs));
  wanted.timeout = std::chrono::milliseconds(timeout);
  CO_TRY(wanted.full_state, net::query_flag(request, "full_state"));
  CO_TRY(const bool state_after, net::query_flag(request, "use_state_after"));
  CO_TRY(const bool state_after_unstable, net::query_flag(request, "org.matrix.msc4222.use_state_after"));
  if (state_after_unstable) wanted.state_after_key = "org.matrix.msc4222.state_after";
  if (state_after) wanted.state_after_key = "state_after";
  const auto presence = request.query_value("set_presence").value_or("online");
  if (presence != "online" && presence != "offline" && presence != "unavailable") {
    co_return Error(Errc::invalid_param, "set_presence must be online, offline or unavailable.");
  }
  if (tracker && tracker->enabled() && presence != "offline") {
    tracker->touch(call.caller->user_id, std::string(presence));
  }
  wanted.user_id = call.caller->user_id;
  wanted.device_id = call.caller->device_id;
  wanted.since = request.query_value("since").value_or("");
  wanted.filter = request.query_value("filter").value_or("");
  CO_TRY(auto body, co_await sync.sync(std::move(wanted)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> post_filter(Filters& filters, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  CO_TRY(const auto id, co_await filters.add(call.caller->user_id, net::body_object(call)));
  co_return json_response({{"filter_id", id}});
}

Task<net::Response> get_filter(Filters& filters, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  CO_TRY(const auto filter, co_await filters.get(call.caller->user_id, call.param("filter_id")));
  co_return json_response(filter);
}

}  // namespace

void add_sync_routes(net::Router& router, ReadServices services) {
  auto sync = matrix_route("GET", "/sync", [&s = services.sync, tracker = services.presence](net::Call& call) {
    return get_sync(s, tracker, call);
  });
  sync.rate = net::Rate::none;  // waits by itself, and costs next to nothing when there is no news
  sync.deadline = kMaxSyncWait + 60s;
  add_client_route(router, std::move(sync));

  auto post = matrix_route("POST", "/user/{user_id}/filter",
                           [&f = services.filters](net::Call& call) { return post_filter(f, call); });
  post.rate = net::Rate::write;
  post.body = net::Body::json_object;
  post.max_body_bytes = kMaxFilterBytes;
  add_client_route(router, std::move(post));
  add_client_route(router, matrix_route("GET", "/user/{user_id}/filter/{filter_id}",
                                        [&f = services.filters](net::Call& call) { return get_filter(f, call); }));
}

}  // namespace troupe::homeserver
