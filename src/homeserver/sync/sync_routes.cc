#include "homeserver/accounts/session.h"
#include "homeserver/common/client_route.h"
#include "homeserver/sync/json_text.h"
#include "homeserver/sync/read_routes.h"

namespace troupe::homeserver::sync {
namespace {

using namespace std::chrono_literals;

constexpr net::route::NumberRange kTimeoutMs{
    .otherwise = 0, .least = 0, .most = 24LL * 3600 * 1000, .above = net::route::NumberRange::Above::cut};

/// Marks the caller as present, too. Not inlined: whoever waits would keep room for its locals.
[[gnu::noinline]] Result<SyncRequest> read_sync_request(SyncApi& api, const net::route::Call& call) {
  const auto& request = call.request;
  SyncRequest wanted{.user_id = call.caller->user_id,
                     .device_id = call.caller->device_id,
                     .since = request.query_value("since").value_or(""),
                     .filter = request.query_value("filter").value_or("")};
  TRY(const auto timeout, net::route::query_number(request, "timeout", kTimeoutMs));
  wanted.timeout = std::chrono::milliseconds(timeout);
  TRY(wanted.full_state, net::route::query_flag(request, "full_state"));
  TRY(const bool state_after, net::route::query_flag(request, "use_state_after"));
  TRY(const bool state_after_unstable, net::route::query_flag(request, "org.matrix.msc4222.use_state_after"));
  if (state_after_unstable) wanted.state_after_key = "org.matrix.msc4222.state_after";
  if (state_after) wanted.state_after_key = "state_after";
  const auto presence = request.query_value("set_presence").value_or("online");
  const auto availability = availability_of(presence);
  if (!availability) return Error(Errc::invalid_param, "set_presence must be online, offline or unavailable.");
  if (*availability != Availability::offline && !accounts::is_guest(call)) {  // nor may guests say so themselves
    api.presence.touch(call.caller->user_id, call.caller->device_id, *availability);
  }
  return wanted;
}

Task<net::http::Response> get_sync(SyncApi& api, net::route::Call& call) {
  const auto wanted = read_sync_request(api, call);
  if (!wanted) co_return std::unexpected(wanted.error());
  co_return JsonText(co_await api.sync.sync(*wanted));
}

Task<net::http::Response> post_filter(SyncApi& api, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  CO_TRY(const auto id, co_await api.filters.add(call.caller->user_id, net::route::body_object(call)));
  co_return json_response({{"filter_id", id}});
}

Task<net::http::Response> get_filter(SyncApi& api, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  CO_TRY(const auto filter, co_await api.filters.get(call.caller->user_id, call.param("filter_id")));
  co_return json_response(filter);
}

}  // namespace

void add_sync_routes(net::route::Router& router, SyncApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  group.add({.method = "GET",
             .path = "/sync",
             .rate = net::route::Rate::none,  // waits by itself, and costs next to nothing when there is no news
             .deadline = kMaxSyncWait + 60s,
             .waits = true,
             .run = api::bind(get_sync, api)});
  group.add({.method = "POST",
             .path = "/user/{user_id}/filter",
             .takes = net::route::Body::json_object,
             .max_body_bytes = kMaxFilterBytes,
             .run = api::bind(post_filter, api)});
  group.add({.method = "GET", .path = "/user/{user_id}/filter/{filter_id}", .run = api::bind(get_filter, api)});
}

}  // namespace troupe::homeserver::sync
