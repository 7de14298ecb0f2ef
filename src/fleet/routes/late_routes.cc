// POST /api/v1/turns/{token}/reply: the answer to a question that a webhook brain answered with 202.
#include "api/reply.h"
#include "fleet/routes/fleet_routes.h"

namespace troupe::fleet {
namespace {

constexpr std::string_view kBody = R"({"type":"object","required":["text"],"additionalProperties":false,"properties":{
"text":{"type":"string","maxLength":262144,"description":"Markdown; empty: say nothing."},
"html":{"type":"string","maxLength":262144,"description":"In place of what the Markdown would give; sanitised."}}})";
constexpr std::string_view kReply = R"({"type":"object","required":["ok","duplicate"],"properties":{
"ok":{"type":"boolean"},"duplicate":{"type":"boolean","description":"The same answer was here before."}}})";

Task<net::Response> submit_reply(LateAnswers& answers, net::Call& call) {
  auto token = call.param("token");
  auto body = call.body.as_object();
  CO_TRY(bool duplicate, co_await answers.submit(std::move(token), std::move(body)));
  co_return api::reply(boost::json::object{{"ok", true}, {"duplicate", duplicate}});
}

constexpr std::size_t kMaxBodyBytes = 1024 * 1024;

}  // namespace

void add_late_routes(net::Router& routes, LateAnswers& answers) {
  const api::Group group(routes, {.prefix = "/api/v1/turns", .needs = net::Access::open, .tag = "webhooks"});
  group.add({.method = "POST",
             .path = "/{token}/reply",
             .summary = "Answer a question that a webhook put off with 202; the token is the credential",
             .body = kBody,
             .max_body_bytes = kMaxBodyBytes,
             .reply = kReply,
             .run = api::bind(submit_reply, answers)});
}

}  // namespace troupe::fleet
