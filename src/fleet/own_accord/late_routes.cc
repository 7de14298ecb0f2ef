// POST /api/v1/turns/{token}/reply: the answer to a question that a webhook brain answered with 202.
#include <boost/json/serialize.hpp>

#include "fleet/own_accord/late_answers.h"
#include "matrix/json.h"

namespace troupe::fleet {
namespace {

constexpr std::string_view kBody = R"({"type":"object","required":["text"],"additionalProperties":false,"properties":{
"text":{"type":"string","maxLength":262144,"description":"Markdown; empty: say nothing."},
"html":{"type":"string","maxLength":262144,"description":"In place of what the Markdown would give; sanitised."}}})";
constexpr std::string_view kReply = R"({"type":"object","required":["ok","duplicate"],"properties":{
"ok":{"type":"boolean"},"duplicate":{"type":"boolean","description":"The same answer was here before."}}})";

Task<net::Response> reply(LateAnswers& answers, net::Call& call) {
  auto token = call.param("token");
  auto body = call.body.as_object();
  CO_TRY(bool duplicate, co_await answers.submit(std::move(token), std::move(body)));
  co_return net::Response::json(boost::json::serialize(boost::json::object{{"ok", true}, {"duplicate", duplicate}}),
                                200);
}

}  // namespace

void add_late_routes(net::Router& router, LateAnswers& answers) {
  net::Route route;
  route.method = "POST";
  route.path = "/api/v1/turns/{token}/reply";
  route.needs = net::Access::open;
  route.rate = net::Rate::write;
  route.body = net::Body::json_required;
  route.max_body_bytes = 1024 * 1024;
  route.summary = "Answer a question that a webhook put off with 202; the token is the credential";
  route.body_schema = kBody;
  route.reply_schema = kReply;
  route.tag = "webhooks";
  route.run = [&answers](net::Call& call) { return reply(answers, call); };
  router.add(std::move(route));
}

}  // namespace troupe::fleet
