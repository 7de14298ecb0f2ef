#include "assistant/surfaces/slack_routes.h"

#include "api/group.h"
#include "api/reply.h"
#include "api/schema.h"
#include "api/shape.h"

namespace troupe::assistant::surfaces {
namespace {

constexpr net::route::Tag kSlackTag{"slack", "What Slack posts to its app."};

struct SlackAnswer {
  std::optional<std::string> challenge = {};
};

}  // namespace
}  // namespace troupe::assistant::surfaces

namespace troupe::api {

Shape<assistant::surfaces::SlackAnswer> make_shape(Of<assistant::surfaces::SlackAnswer>) {
  using assistant::surfaces::SlackAnswer;
  return Shape<SlackAnswer>::part(
      {member<&SlackAnswer::challenge>("challenge", {.description = "Slack's own, when it verifies the address."})});
}

}  // namespace troupe::api

namespace troupe::assistant::surfaces {
namespace {

Task<net::http::Response> take_slack_event(SlackDesk& desk, net::route::Call& call) {
  auto& request = call.request;
  CO_TRY(auto challenge,
         co_await desk.accept(std::string(request.headers.get("X-Slack-Request-Timestamp")),
                              std::string(request.headers.get("X-Slack-Signature")), std::move(request.body)));
  SlackAnswer answer;
  if (!challenge.empty()) answer.challenge = std::move(challenge);
  co_return api::answer(answer);
}

}  // namespace

void add_slack_routes(net::route::Router& routes, SlackDesk& desk) {
  const api::Group group(routes, {.prefix = "/api/slack",
                                  .needs = net::route::Access::open,
                                  .tag = kSlackTag,
                                  .rate = net::route::Rate::read,
                                  .max_body_bytes = kMaxSlackBodyBytes});
  group.add({.method = "POST",
             .path = "/events",
             .summary = "Slack's Events API: the signature is the credential",
             .takes = net::route::Body::raw,
             .reply = api::schema_text<SlackAnswer>(),
             .run = api::bind(take_slack_event, desk)});
}

}  // namespace troupe::assistant::surfaces
