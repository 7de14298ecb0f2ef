// POST /api/v1/turns/{token}/reply: the answer to a question that a webhook brain answered with 202.
#include "api/shape.h"
#include "fleet/routes/fleet_routes.h"

namespace troupe::fleet::routes {
namespace {

/// Kept as it was sent (brains/late_answers.h).
struct LateReply {
  std::string text;
  std::optional<std::string> html;
};
struct LateReplyTaken {
  bool duplicate = false;
};
constexpr std::int64_t kMaxReplyLength = 262'144;

}  // namespace
}  // namespace troupe::fleet::routes

namespace troupe::api {

Shape<fleet::routes::LateReply> make_shape(Of<fleet::routes::LateReply>) {
  using fleet::routes::LateReply;
  return Shape<LateReply>::request(
      {}, {member<&LateReply::text>(
               "text", {.description = "Markdown; empty: say nothing.", .most = fleet::routes::kMaxReplyLength}),
           member<&LateReply::html>("html", {.description = "In place of what the Markdown would give; sanitised.",
                                             .most = fleet::routes::kMaxReplyLength})});
}

Shape<fleet::routes::LateReplyTaken> make_shape(Of<fleet::routes::LateReplyTaken>) {
  using fleet::routes::LateReplyTaken;
  return Shape<LateReplyTaken>::part(
      {made<[](const LateReplyTaken&) { return true; }>("ok"),
       member<&LateReplyTaken::duplicate>("duplicate", {.description = "The same answer was here before."})});
}

}  // namespace troupe::api

namespace troupe::fleet::routes {
namespace {

Task<net::http::Response> submit_reply(brains::LateAnswers& answers, net::route::Call& call) {
  auto token = call.param("token");
  auto body = call.body.as_object();
  CO_TRY(bool duplicate, co_await answers.submit(std::move(token), std::move(body)));
  co_return api::answer(LateReplyTaken{.duplicate = duplicate});
}

constexpr std::size_t kMaxBodyBytes = 1024 * 1024;

}  // namespace

void add_late_routes(net::route::Router& routes, brains::LateAnswers& answers) {
  const api::Group group(routes, {.prefix = "/api/v1/turns", .needs = net::route::Access::open, .tag = kWebhooksTag});
  group.add({.method = "POST",
             .path = "/{token}/reply",
             .summary = "Answer a question that a webhook put off with 202; the token is the credential",
             .body = api::schema_text<LateReply>(),
             .max_body_bytes = kMaxBodyBytes,
             .reply = api::schema_text<LateReplyTaken>(),
             .run = api::bind(submit_reply, answers)});
}

}  // namespace troupe::fleet::routes
