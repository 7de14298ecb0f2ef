// POST|PUT /webhook/{hook}: 202 {ok:true} as soon as the message is durable, or with wait_for_complete 200 {ok:true}
// when it is in the room; 404 {ok:false, error:"Webhook not found"}; 500 {ok:false, error} when it did not get there
// within five seconds. The same statuses and bodies as matrix-hookshot.
#include "api/shape.h"
#include "fleet/routes/fleet_routes.h"

namespace troupe::fleet::routes {
namespace {

struct HookReply {
  bool ok = false;
  std::optional<std::string> error = {};
  std::optional<std::string> event_id = {};
};

}  // namespace
}  // namespace troupe::fleet::routes

namespace troupe::api {

Shape<fleet::routes::HookReply> make_shape(Of<fleet::routes::HookReply>) {
  using fleet::routes::HookReply;
  return Shape<HookReply>::part(
      {member<&HookReply::ok>("ok"), member<&HookReply::error>("error"),
       member<&HookReply::event_id>("event_id", {.description = "Only when the hook waits for the message."})});
}

}  // namespace troupe::api

namespace troupe::fleet::routes {
namespace {

using net::http::Response;
using net::route::Call;

constexpr std::chrono::milliseconds kWait{5'000};

Response refused(const Error& error, int status) {
  auto response = api::answer(HookReply{.ok = false, .error = error.message()}, status);
  if (error.retry_after().count() > 0) {
    auto seconds = (error.retry_after().count() + 999) / 1000;
    response.headers.set("Retry-After", std::to_string(seconds));
  }
  return response;
}

Task<Response> deliver_hook(triggers::HookService& hooks, Call& call) {
  auto token = call.param("hook");
  triggers::HookDelivery delivery{.content_type = std::string(call.request.headers.get("Content-Type")),
                                  .body = std::move(call.request.body),
                                  .idempotency_key = std::string(call.request.headers.get("Idempotency-Key"))};
  auto accepted = co_await hooks.deliver(std::move(token), std::move(delivery));
  if (!accepted) co_return refused(accepted.error(), accepted.error().http_status());
  if (!accepted->wait) co_return api::answer(HookReply{.ok = true}, 202);
  auto sent = co_await hooks.wait(accepted->outgoing_id, kWait);
  if (!sent) co_return refused(sent.error(), 500);
  co_return api::answer(HookReply{.ok = true, .event_id = *std::move(sent)});
}

Task<Response> refuse_get(triggers::HookService&, Call&) {
  auto response = refused(
      Error(Errc::method_not_allowed, "Invalid method. Expecting PUT or POST: link previews would trigger a GET."),
      405);
  response.headers.set("Allow", "POST, PUT");
  co_return response;
}

}  // namespace

void add_hook_routes(net::route::Router& routes, triggers::HookService& hooks) {
  const api::Group group(routes, {.prefix = "/webhook/{hook}",
                                  .needs = net::route::Access::open,
                                  .tag = kWebhooksTag,
                                  .rate = net::route::Rate::write,
                                  .max_body_bytes = triggers::kMaxHookBodyBytes});
  group.add({.method = "POST",
             .summary = "A bot says in a room what is posted here (matrix-hookshot's body)",
             .takes = net::route::Body::raw,
             .reply = api::schema_text<HookReply>(),
             .status = 202,
             .run = api::bind(deliver_hook, hooks)});
  group.add({.method = "PUT",
             .summary = "The same as POST",
             .takes = net::route::Body::raw,
             .reply = api::schema_text<HookReply>(),
             .status = 202,
             .run = api::bind(deliver_hook, hooks)});
  group.add({.method = "GET",
             .summary = "Refused: use POST or PUT",
             .takes = net::route::Body::raw,
             .reply = api::schema_text<HookReply>(),
             .status = 405,
             .run = api::bind(refuse_get, hooks)});
}

}  // namespace troupe::fleet::routes
