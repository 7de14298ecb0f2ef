#include "homeserver/sliding/sliding_routes.h"

#include "homeserver/common/client_route.h"
#include "homeserver/sync/json_text.h"

namespace troupe::homeserver::sliding {
namespace {

using namespace std::chrono_literals;

constexpr net::route::NumberRange kPollMs{
    .otherwise = 0, .least = 0, .most = 24LL * 3600 * 1000, .above = net::route::NumberRange::Above::cut};

// Not inlined: whoever waits would keep room for their locals.
[[gnu::noinline]] Result<SlidingRequest> read_unstable(const net::route::Call& call) {
  TRY(auto request, read_sliding_request(SlidingShape::unstable, net::route::body_object(call), call.caller->user_id));
  TRY(const auto timeout, net::route::query_number(call.request, "timeout", kPollMs));
  request.timeout = std::chrono::milliseconds(timeout);
  request.pos = call.request.query_value("pos").value_or("");
  if (const auto presence = call.request.query_value("set_presence")) {
    request.set_presence = sync::availability_of(*presence);
  }
  return request;
}

[[gnu::noinline]] Result<SlidingRequest> read_accepted(const net::route::Call& call) {
  return read_sliding_request(SlidingShape::accepted, net::route::body_object(call), call.caller->user_id);
}

Task<net::http::Response> answer_sliding(SlidingApi& api, net::route::Call& call, Result<SlidingRequest> request) {
  if (!request) co_return std::unexpected(std::move(request).error());
  call.body = nullptr;  // both are read, and thousands may wait
  net::http::QueryParams().swap(call.request.query);
  // Another word is no reason to refuse: some clients answer every refusal by asking again at once.
  const auto availability = request->set_presence.value_or(sync::Availability::offline);
  if (availability != sync::Availability::offline) {
    api.presence.touch(call.caller->user_id, call.caller->device_id, availability);
  }
  request->device_id = call.caller->device_id;
  co_return sync::JsonText(co_await api.sliding.sync(*request));
}

Task<net::http::Response> post_unstable_sync(SlidingApi& api, net::route::Call& call) {
  return answer_sliding(api, call, read_unstable(call));
}

Task<net::http::Response> post_accepted_sync(SlidingApi& api, net::route::Call& call) {
  return answer_sliding(api, call, read_accepted(call));
}

}  // namespace

void add_sliding_routes(net::route::Router& router, SlidingApi& api) {
  const auto group = matrix_group(router, {.prefix = "/_matrix/client",
                                           .needs = net::route::Access::user,
                                           .rate = net::route::Rate::none,  // waits by itself
                                           .max_body_bytes = kMaxSlidingBodyBytes});
  group.add({.method = "POST",
             .path = "/unstable/org.matrix.simplified_msc3575/sync",
             .takes = net::route::Body::json_object,
             .deadline = sync::kMaxSyncWait + 60s,
             .waits = true,
             .run = api::bind(post_unstable_sync, api)});
  group.add({.method = "POST",
             .path = "/v4/sync",
             .takes = net::route::Body::json_object,
             .deadline = sync::kMaxSyncWait + 60s,
             .waits = true,
             .run = api::bind(post_accepted_sync, api)});
}

}  // namespace troupe::homeserver::sliding
