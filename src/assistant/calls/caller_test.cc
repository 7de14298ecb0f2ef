// One call: what is sent, what answers mean, what is tried again.
#include "assistant/calls/shop_fixture.h"

namespace troupe::assistant::calls {
namespace {

using namespace testing_calls;
using testing::HasSubstr;
using testing::Not;

class CallerTest : public ShopTest {};

TEST_F(CallerTest, SendsWhatTheSchemeAsksFor) {
  http.answers = {{.body = "[]"}};
  struct Case {
    std::string config, header, value;
  };
  for (const auto& each : std::vector<Case>{
           {R"("auth":{"scheme":"bearer"})", "Authorization", "Bearer key-4711-canary"},
           {R"("auth":{"scheme":"header","header":"X-Key","format":"k {key}"})", "X-Key", "k key-4711-canary"},
           {R"("auth":{"scheme":"token"})", "Authorization",
            R"(Token token="key-4711-canary", name="name-0815-canary")"},
           {R"("auth":{"scheme":"none"})", "Authorization", ""},
           {R"("auth":{"scheme":"bearer"},"headers":{"X-Fixed":"yes"})", "X-Fixed", "yes"}}) {
    ASSERT_EQ(call(shop(each.config), "list_things", "{}")->state, CallState::done);
    EXPECT_EQ(http.requests.back().headers.get(each.header), each.value);
    EXPECT_EQ(http.requests.back().url, "https://shop.example/v1/things");
    EXPECT_EQ(http.requests.back().max_redirects, 0);
    EXPECT_EQ(http.requests.back().trust, net::client::Trust::untrusted);
  }
  auto basic = shop(R"("auth":{"scheme":"basic"})");
  basic.secrets["user"] = "anna";
  ASSERT_TRUE(call(basic, "list_things", "{}"));
  EXPECT_EQ(http.requests.back().headers.get("Authorization"), "Basic YW5uYTprZXktNDcxMS1jYW5hcnk=");
}

TEST_F(CallerTest, SendsNothingWithoutItsSecretsItsJournalOrItsOperation) {
  auto without = shop();
  without.secrets.clear();
  EXPECT_EQ(call(without, "list_things", "{}").error().code(), Errc::invalid_param);
  EXPECT_EQ(call(shop(), "sell_things", "{}").error().code(), Errc::not_found);
  EXPECT_EQ(call(shop(), "drop_thing", R"({"id":".."})").error().code(), Errc::invalid_param);
  journal.refuse_before = Error(Errc::unavailable, "the database is away");
  EXPECT_EQ(call(shop(), "make_thing", R"({"name":"a"})").error().code(), Errc::unavailable);
  EXPECT_TRUE(http.requests.empty());
}

TEST_F(CallerTest, IsInTheJournalBeforeItIsSent) {
  http.answer = [this](const ClientRequest&) -> Result<ClientResponse> {
    EXPECT_EQ(journal.begun.size(), 1U);
    EXPECT_TRUE(journal.ended.empty());
    return json_answer(201, R"({"id":"7"})");
  };
  const auto outcome = call(shop(), "make_thing", R"({"name":"a"})").value();
  EXPECT_EQ(outcome.state, CallState::done);
  EXPECT_EQ(outcome.answer, parsed(R"({"id":"7"})"));
  ASSERT_EQ(journal.ended.size(), 1U);
  EXPECT_EQ(journal.ended[0].meaning, "done");
  EXPECT_EQ(journal.begun[0].body, R"({"name":"a"})");
  EXPECT_TRUE(journal.begun[0].writes);
  EXPECT_TRUE(http.requests[0].fresh_connection) << "a write is not repeated by the client";
}

TEST_F(CallerTest, WhatTheJournalCouldNotTakeIsNoOutcome) {
  http.answers = {{.status = 201, .body = "{}"}};
  for (const auto code : {Errc::limit_exceeded, Errc::conflict, Errc::unavailable}) {
    http.requests.clear();
    journal.refuse_after = Error(code, "the database is away");
    const auto outcome = call(shop(), "make_thing", R"({"name":"a"})");
    ASSERT_FALSE(outcome) << "it went out";
    EXPECT_EQ(outcome.error().code(), code);
    EXPECT_EQ(http.requests.size(), 1U);
  }
}

TEST_F(CallerTest, ReadsAreTriedAgainWithGrowingPauses) {
  http.answers = {{.status = 503}, {.broken = cut()}, {.status = 502}, {.body = "[1]"}};
  const auto outcome = call(shop(), "list_things", "{}").value();
  EXPECT_EQ(outcome.state, CallState::done);
  EXPECT_EQ(outcome.tries, 4);
  EXPECT_EQ(paused, 375ms + 750ms + 1'500ms);
  http.answers = {{.status = 503}};
  EXPECT_EQ(call(shop(), "list_things", "{}")->state, CallState::failed);
  http.answers = {{.status = 404, .body = "no"}};
  const auto refused = call(shop(), "list_things", "{}").value();
  EXPECT_EQ(refused.state, CallState::refused);
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.message, "no");
}

TEST_F(CallerTest, RetryAfterIsHonouredAndLongOnesAreHandedOn) {
  http.answers = {{.status = 429, .headers = {{"Retry-After", "7"}}}, {.status = 201, .body = "{}"}};
  EXPECT_EQ(call(shop(), "make_thing", R"({"name":"a"})")->state, CallState::done);
  EXPECT_GE(paused, 7s);
  http.answers = {{.status = 429, .headers = {{"Retry-After", "3600"}}}};
  const auto outcome = call(shop(), "make_thing", R"({"name":"a"})").value();
  EXPECT_EQ(outcome.state, CallState::failed);
  EXPECT_EQ(outcome.retry_after, 1h);
  EXPECT_EQ(http.requests.size(), 3U);
  // The next call of this operation does not go out at all; another operation may.
  const auto next = call(shop(), "make_thing", R"({"name":"b"})").value();
  EXPECT_EQ(next.state, CallState::failed);
  EXPECT_GT(next.retry_after, 50min);
  EXPECT_EQ(http.requests.size(), 3U);
}

TEST_F(CallerTest, TurnsInTheLimitsAreNoTimeOfTheCallsOwn) {
  const auto of = shop(R"("auth":{"scheme":"bearer"},"rates":[{"calls":1,"seconds":600}])");
  http.answers = {{.status = 201, .body = "{}"}};
  EXPECT_EQ(call(of, "make_thing", R"({"name":"a"})")->state, CallState::done);
  EXPECT_EQ(call(of, "make_thing", R"({"name":"a"})")->state, CallState::failed) << "ten minutes are too long";
  auto patient = context();
  patient.turns = 30min;
  EXPECT_EQ(call(of, "make_thing", R"({"name":"a"})", patient)->state, CallState::done);
  EXPECT_GE(paused, 10min);
  // The same where the service says it, and twice is once too often.
  clock.advance(1h);
  http.answers = {{.status = 429, .headers = {{"Retry-After", "1200"}}}, {.status = 201, .body = "{}"}};
  EXPECT_EQ(call(of, "make_thing", R"({"name":"a"})", patient)->state, CallState::done);
  clock.advance(1h);
  http.answers = {{.status = 429, .headers = {{"Retry-After", "1200"}}},
                  {.status = 429, .headers = {{"Retry-After", "1200"}}}};
  EXPECT_EQ(call(of, "make_thing", R"({"name":"a"})", patient)->state, CallState::failed);
}

TEST_F(CallerTest, AWriteThatMayHaveBeenDoneIsNotSentAgain) {
  struct Case {
    kit::HttpAnswer answer;
    CallState state;
  };
  for (const auto& each : std::vector<Case>{{{.status = 500, .body = "{}"}, CallState::unknown},
                                            {{.status = 502}, CallState::unknown},
                                            {{.status = 503, .headers = {{"Retry-After", "1"}}}, CallState::unknown},
                                            {{.status = 408}, CallState::unknown},
                                            {{.status = 303, .headers = {{"Location", "/v1/x"}}}, CallState::unknown},
                                            {{.broken = cut()}, CallState::unknown},
                                            {{.broken = Error(Errc::timed_out, "late")}, CallState::unknown},
                                            {{.broken = Error(Errc::too_large, "huge")}, CallState::unknown},
                                            {{.status = 422, .body = "{}"}, CallState::refused},
                                            {{.status = 401}, CallState::refused},
                                            {{.status = 409}, CallState::refused}}) {
    http.requests.clear();
    http.answers = {each.answer};
    const auto outcome = call(shop(), "make_thing", R"({"name":"a"})").value();
    EXPECT_EQ(outcome.state, each.state) << each.answer.status;
    EXPECT_EQ(http.requests.size(), 1U) << each.answer.status;
    EXPECT_FALSE(outcome.message.empty());
  }
}

TEST_F(CallerTest, AWriteThatNeverLeftIsTriedAgain) {
  int refused = 0;
  http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
    if (++refused == 3) return json_answer(201, "{}");
    *request.never_sent = true;
    return Error(Errc::unavailable, "https://shop.example: nobody listens");
  };
  EXPECT_EQ(call(shop(), "make_thing", R"({"name":"a"})")->state, CallState::done);
  EXPECT_EQ(http.requests.size(), 3U);
  EXPECT_FALSE(journal.ended[0].sent);
}

TEST_F(CallerTest, AProbeSaysWhetherAWriteWasDone) {
  const auto by_name =
      R"({"make_thing":{"kind":"lookup","read":"shop.list_things","match":{"/name":"$args.name"},"created":"/at","pages":3}})";
  std::vector<std::string> things;
  bool does = true, answers = false;
  const auto now_s = std::to_string(clock.unix_ms() / 1'000);
  http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
    if (request.method == "POST") {
      if (does) things.push_back(R"({"name":"a","id":"7","at":)" + now_s + "}");
      if (answers) return json_answer(201, R"({"id":"8"})");
      answers = true;
      return cut();
    }
    std::string body;
    for (const auto& each : things) body += (body.empty() ? "" : ",") + each;
    return json_answer(200, target_of(request).contains("page=2") ? "[]" : "[" + body + "]");
  };
  const auto done = call(shop(R"("auth":{"scheme":"bearer"})", by_name), "make_thing", R"({"name":"a"})").value();
  EXPECT_EQ(done.state, CallState::done);
  EXPECT_TRUE(done.found);
  EXPECT_EQ(done.answer, parsed(R"({"name":"a","id":"7","at":)" + now_s + "}"));
  EXPECT_EQ(count("POST", "/"), 1U);

  // One that was there long before is another.
  things = {R"({"name":"a","id":"1","at":1600000000})"};
  does = answers = false;
  http.requests.clear();
  const auto again = call(shop(R"("auth":{"scheme":"bearer"})", by_name), "make_thing", R"({"name":"a"})").value();
  EXPECT_EQ(again.state, CallState::done);
  EXPECT_FALSE(again.found);
  EXPECT_EQ(count("POST", "/"), 2U);
  EXPECT_EQ(count("GET", "/"), 2U) << "it looks twice before it believes that nothing was done";

  // A little older: another one, or a clock that is wrong. Nothing is written on a guess.
  things = {R"({"name":"a","id":"1","at":)" + std::to_string(clock.unix_ms() / 1'000 - 1'800) + "}"};
  answers = false;
  http.requests.clear();
  const auto skewed = call(shop(R"("auth":{"scheme":"bearer"})", by_name), "make_thing", R"({"name":"a"})").value();
  EXPECT_EQ(skewed.state, CallState::unknown);
  EXPECT_EQ(count("POST", "/"), 1U);

  // Two that look like it: nobody can tell.
  things = {R"({"name":"a","at":)" + now_s + "}", R"({"name":"a","at":)" + now_s + "}"};
  answers = false;
  http.requests.clear();
  const auto unclear = call(shop(R"("auth":{"scheme":"bearer"})", by_name), "make_thing", R"({"name":"a"})").value();
  EXPECT_EQ(unclear.state, CallState::unknown);
  EXPECT_EQ(count("POST", "/"), 1U);
}

TEST_F(CallerTest, AProbeThatCannotLookFarEnoughOrAtAllAsks) {
  const auto probes =
      R"({"make_thing":{"kind":"lookup","read":"shop.list_things","match":{"/name":"$args.name"},"pages":2}})";
  const auto of = shop(R"("auth":{"scheme":"bearer"})", probes);
  http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
    if (request.method == "POST") return cut();
    return json_answer(200, R"([{"name":"x"},{"name":"y"}])");
  };
  EXPECT_EQ(call(of, "make_thing", R"({"name":"a"})")->state, CallState::unknown);
  EXPECT_EQ(count("GET", "/"), 2U);
  http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
    if (request.method == "POST") return cut();
    return json_answer(403, "{}");
  };
  EXPECT_EQ(call(of, "make_thing", R"({"name":"a"})")->state, CallState::unknown);
  EXPECT_EQ(count("POST", "/"), 2U);
}

TEST_F(CallerTest, WhatARestartLeftOpenBeginsWithItsProbe) {
  const auto probes = R"({"make_thing":{"kind":"lookup","read":"shop.list_things","match":{"/name":"$args.name"}}})";
  http.answers = {{.body = R"([{"name":"a","id":"7"}])"}};
  auto resumed = context();
  resumed.sent_ms = clock.unix_ms() - 3'600'000;
  const auto outcome =
      call(shop(R"("auth":{"scheme":"bearer"})", probes), "make_thing", R"({"name":"a"})", resumed).value();
  EXPECT_EQ(outcome.state, CallState::done);
  EXPECT_EQ(count("POST", "/"), 0U);
  EXPECT_EQ(call(shop(), "make_thing", R"({"name":"a"})", resumed)->state, CallState::unknown);
  EXPECT_EQ(count("POST", "/"), 0U);
}

TEST_F(CallerTest, WhatIsRepeatableIsRepeated) {
  const auto probes =
      R"({"drop_thing":{"kind":"repeatable","reason":"gone is gone"},"set_thing":{"kind":"etag","etag":"/etag"}})";
  const auto of = shop(R"("auth":{"scheme":"bearer"})", probes);
  http.answers = {{.broken = cut()}, {.status = 404}};
  const auto dropped = call(of, "drop_thing", R"({"id":"7"})").value();
  EXPECT_EQ(dropped.state, CallState::done) << "gone: the first try did it";
  EXPECT_TRUE(dropped.found);
  http.answers = {{.broken = cut()}, {.status = 200, .body = "{}"}};
  EXPECT_EQ(call(of, "set_thing", R"({"id":"7","etag":"e1","name":"n"})")->state, CallState::done);
  http.answers = {{.broken = cut()}, {.status = 409, .body = "{}"}};
  EXPECT_EQ(call(of, "set_thing", R"({"id":"7","etag":"e1","name":"n"})")->state, CallState::unknown)
      << "changed by the first try, or by somebody else";
  http.answers = {{.status = 409, .body = "{}"}};
  EXPECT_EQ(call(of, "set_thing", R"({"id":"7","etag":"e1","name":"n"})")->state, CallState::refused);
}

TEST_F(CallerTest, RedirectsStayAtTheHost) {
  http.answers = {{.status = 302, .headers = {{"Location", "https://evil.example/v1/things"}}}};
  const auto refused = call(shop(), "list_things", "{}").value();
  EXPECT_EQ(refused.state, CallState::refused);
  EXPECT_THAT(refused.message, HasSubstr("https://evil.example"));
  EXPECT_EQ(http.requests.size(), 1U);
  for (const auto* elsewhere :
       {"http://shop.example/v1/x", "https://shop.example:444/", "//other.example/", "ftp://shop.example/"}) {
    http.requests.clear();
    http.answers = {{.status = 307, .headers = {{"Location", elsewhere}}}};
    EXPECT_EQ(call(shop(), "make_thing", R"({"name":"a"})")->state, CallState::refused) << elsewhere;
    EXPECT_EQ(http.requests.size(), 1U) << elsewhere;
  }
  http.requests.clear();
  http.answers = {{.status = 301, .headers = {{"Location", "/v1/others"}}}, {.body = "[]"}};
  EXPECT_EQ(call(shop(), "list_things", "{}")->state, CallState::done);
  EXPECT_EQ(http.requests[1].url, "https://shop.example/v1/others");
  http.requests.clear();
  http.answers = {{.status = 302, .headers = {{"Location", "/v1/things"}}}};
  EXPECT_EQ(call(shop(), "list_things", "{}")->state, CallState::refused);
  EXPECT_EQ(http.requests.size(), 4U) << "not for ever";
}

TEST_F(CallerTest, AnAdministratorsBaseUrlLeadsAnywhereAPacksDoesNot) {
  http.answers = {{.body = "[]"}};
  auto of = shop();
  of.base_url = "http://127.0.0.1:9000/v9/";
  of.base_is_configured = true;
  ASSERT_TRUE(call(of, "list_things", "{}"));
  EXPECT_EQ(http.requests.back().url, "http://127.0.0.1:9000/v9/things");
  EXPECT_EQ(http.requests.back().trust, net::client::Trust::configured);
  http.answers = {{.broken = Error(Errc::forbidden, "http://127.0.0.1:9000: not into the private network")}};
  of.base_is_configured = false;
  EXPECT_EQ(call(of, "make_thing", R"({"name":"a"})")->state, CallState::refused) << "nothing was sent";
  of.base_url = "";
  EXPECT_EQ(call(of, "list_things", "{}").error().code(), Errc::invalid_param);
}

TEST_F(CallerTest, HostileAnswersEndTheCall) {
  for (const auto& [type, body] :
       std::vector<std::pair<std::string, std::string>>{{"application/json", "{\"a\":"},
                                                        {"application/json", "\xff\xfe"},
                                                        {"application/json", std::string(200, '[')}}) {
    http.requests.clear();
    http.answers = {{.type = type, .body = body}};
    EXPECT_EQ(call(shop(), "list_things", "{}")->state, CallState::failed);
    EXPECT_EQ(http.requests.size(), 4U);
    EXPECT_EQ(call(shop(), "make_thing", R"({"name":"a"})")->state, CallState::done) << "its status says so";
  }
  // What the client says of an answer that is too large, also after it was unpacked.
  http.requests.clear();
  http.answers = {{.broken = Error(Errc::too_large, "https://shop.example: the answer is larger than 8388608 bytes")}};
  EXPECT_EQ(call(shop(), "list_things", "{}")->state, CallState::refused);
  EXPECT_EQ(http.requests.size(), 1U);
  EXPECT_LE(http.requests[0].max_body_bytes, 8U * 1024 * 1024);
  EXPECT_LE(http.requests[0].total_timeout, 60s);
  http.answers = {{.type = "text/plain", .body = "a file"}};
  const auto file = call(shop(), "list_things", "{}").value();
  EXPECT_EQ(file.bytes, "a file");
  EXPECT_EQ(file.content_type, "text/plain");
}

TEST_F(CallerTest, SecretsAreInNothingThatComesBack) {
  const auto mirror = [](const ClientRequest& request) {
    return std::string(request.headers.get("authorization")) + " key-4711-canary a2V5LTQ3MTEtY2FuYXJ5";
  };
  for (const int status : {200, 400, 500}) {
    http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
      return json_answer(status, R"({"error":")" + mirror(request) + R"(","key-4711-canary":["key-4711-canary"]})",
                         "application/json; x=key-4711-canary");
    };
    const auto of = shop(R"("auth":{"scheme":"bearer"},"errors":{"message":["/error"],"code":"/error"})");
    const auto outcome = call(of, "make_thing", R"({"name":"key-4711-canary"})").value();
    const auto all = outcome.message + outcome.code + outcome.bytes + outcome.content_type +
                     matrix::canonical_json(outcome.answer) + journal.all();
    EXPECT_THAT(all, Not(HasSubstr("canary")));
    EXPECT_THAT(all, Not(HasSubstr("a2V5LTQ3MTE")));
  }
}

TEST_F(CallerTest, IsCancelledBetweenTries) {
  http.answer = [this](const ClientRequest&) -> Result<ClientResponse> {
    *cancelled = true;
    return json_answer(503, "");
  };
  EXPECT_EQ(call(shop(), "list_things", "{}")->state, CallState::cancelled);
  EXPECT_EQ(http.requests.size(), 1U);
  EXPECT_EQ(call(shop(), "list_things", "{}")->state, CallState::cancelled);
  EXPECT_EQ(http.requests.size(), 1U);
  *cancelled = false;
  http.answer = [this](const ClientRequest&) -> Result<ClientResponse> {
    *cancelled = true;
    return cut();
  };
  EXPECT_EQ(call(shop(), "make_thing", R"({"name":"a"})")->state, CallState::unknown);
}

TEST_F(CallerTest, PagesComeOneAfterTheOtherWithinBounds) {
  http.answer = [](const ClientRequest& request) -> Result<ClientResponse> {
    const auto target = target_of(request);
    EXPECT_THAT(target, HasSubstr("size=2"));
    return json_answer(200, target.contains("page=3") ? "[5]" : "[1,2]");
  };
  const auto all = [&](PageLimits bounds) {
    Pages pages(caller, journal, shop(), "list_things", {}, context(), bounds);
    std::pair<std::size_t, bool> out;
    while (auto page = must(pages.next())) {
      out.first += page->entries.size();
      out.second = page->cut;
    }
    return out;
  };
  EXPECT_EQ(all({}), std::pair(std::size_t{5}, false));
  EXPECT_EQ(all({.pages = 2}), std::pair(std::size_t{4}, true));
  EXPECT_EQ(all({.entries = 3}), std::pair(std::size_t{3}, true));
  EXPECT_EQ(all({.bytes = 4}), std::pair(std::size_t{2}, true));
  EXPECT_EQ(journal.begun[1].call_id, "call-1/page2");
}

TEST_F(CallerTest, PagesFollowLinksAtTheHost) {
  const auto linked =
      R"("auth":{"scheme":"bearer"},"offer":"all","operations":{"list_things":{"paging":{"style":"link"}}})";
  http.answers = {{.body = "[1]", .headers = {{"Link", "</v1/things?c=2>; rel=\"next\""}}},
                  {.body = "[2]", .headers = {{"Link", "<https://evil.example/x>; rel=\"next\""}}}};
  Pages pages(caller, journal, shop(linked), "list_things", {}, context());
  EXPECT_EQ(must(pages.next())->entries, parsed("[1]").get_array());
  EXPECT_EQ(must(pages.next())->entries, parsed("[2]").get_array());
  EXPECT_EQ(http.requests[1].url, "https://shop.example/v1/things?c=2");
  EXPECT_EQ(run(pages.next()).error().code(), Errc::forbidden);
  EXPECT_EQ(http.requests.size(), 2U);
}

TEST_F(CallerTest, HiddenArgumentsAreNotSent) {
  http.answers = {{.status = 201, .body = "{}"}};
  const auto of = shop(R"("auth":{"scheme":"bearer"},"hidden":["X_ACT_AS"])");
  EXPECT_FALSE(of.pack->find("make_thing")->operation.arguments.at("properties").get_object().contains("X_ACT_AS"));
  ASSERT_TRUE(call(of, "make_thing", R"({"name":"a","X_ACT_AS":"boss@shop.example"})"));
  EXPECT_FALSE(http.requests[0].headers.has("X_ACT_AS"));
  EXPECT_THROW(shop(R"("auth":{"scheme":"bearer"},"hidden":["name"])"), std::runtime_error) << "it is required";
}

}  // namespace
}  // namespace troupe::assistant::calls
