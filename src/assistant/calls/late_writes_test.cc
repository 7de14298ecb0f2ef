// Writes that the service may still be at: whose answer never came in time, or whose program ended.
#include "assistant/calls/shop_fixture.h"

namespace troupe::assistant::calls {
namespace {

using namespace testing_calls;

class LateWritesTest : public ShopTest {};

TEST_F(LateWritesTest, AWriteThatTimedOutIsNotSentAgain) {
  const auto by_name =
      R"({"make_thing":{"kind":"lookup","read":"shop.list_things","match":{"/name":"$args.name"},"pages":3}})";
  for (const bool by_gateway : {false, true}) {
    const auto began = clock.unix_ms();
    base::UnixMs there_after = 0;  // the service is at it until then; 0: it never does it
    http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
      if (request.method == "POST" && by_gateway) return json_answer(504, "{}");
      if (request.method == "POST") return Error(Errc::timed_out, "no answer in 60 s");
      const bool is_there = there_after > 0 && clock.unix_ms() >= there_after;
      if (!is_there || target_of(request).contains("page=2")) return json_answer(200, "[]");
      return json_answer(200, R"([{"name":"a","id":"7"}])");
    };
    http.requests.clear();
    there_after = began + 70'000;
    const auto late = call(shop(R"("auth":{"scheme":"bearer"})", by_name), "make_thing", R"({"name":"a"})").value();
    EXPECT_EQ(late.state, CallState::done) << late.message;
    EXPECT_TRUE(late.found);
    EXPECT_EQ(count("POST", "/"), 1U);
    http.requests.clear();
    there_after = 0;
    const auto never = call(shop(R"("auth":{"scheme":"bearer"})", by_name), "make_thing", R"({"name":"a"})").value();
    EXPECT_EQ(never.state, CallState::unknown) << "it may come still";
    EXPECT_NE(never.message.find("may still be at it"), std::string::npos) << never.message;
    EXPECT_EQ(count("POST", "/"), 1U);
  }
}

TEST_F(LateWritesTest, AGatewaysWordOrALongWaitIsATimeOut) {
  const auto by_name =
      R"({"make_thing":{"kind":"lookup","read":"shop.list_things","match":{"/name":"$args.name"},"pages":3}})";
  struct Case {
    kit::HttpAnswer answer;
    std::chrono::seconds took;
    bool again;  ///< it is sent once more, when it is not there
  };
  for (const auto& each : std::vector<Case>{{{.status = 524}, 1s, false},
                                            {{.status = 522}, 1s, false},
                                            {{.status = 408}, 1s, false},
                                            {{.status = 503}, 30s, false},
                                            {{.broken = cut()}, 30s, false},
                                            {{.status = 503}, 5s, true},
                                            {{.broken = cut()}, 5s, true}}) {
    http.requests.clear();
    http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
      if (request.method != "POST") return json_answer(200, "[]");
      clock.advance(each.took);
      if (count("POST", "/") > 1) return json_answer(201, "{}");
      if (each.answer.broken) return Error(*each.answer.broken);
      return json_answer(each.answer.status, "{}");
    };
    const auto got = call(shop(R"("auth":{"scheme":"bearer"})", by_name), "make_thing", R"({"name":"a"})").value();
    EXPECT_EQ(got.state, each.again ? CallState::done : CallState::unknown) << each.answer.status;
    EXPECT_EQ(count("POST", "/"), each.again ? 2U : 1U) << each.answer.status;
  }
}

TEST_F(LateWritesTest, WhatAServiceIsStillAtWhenTheProgramComesBackIsNotDoneTwice) {
  const auto probes = R"({"make_thing":{"kind":"lookup","read":"shop.list_things","match":{"/name":"$args.name"}}})";
  const auto of = shop(R"("auth":{"scheme":"bearer"})", probes);
  auto done_at = clock.unix_ms() + 25'000;
  http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
    if (request.method == "POST") return json_answer(201, "{}");
    const bool last = target_of(request).contains("page=2") || clock.unix_ms() < done_at;
    return json_answer(200, last ? "[]" : R"([{"name":"a","id":"7"}])");
  };
  auto resumed = context();
  resumed.sent_ms = clock.unix_ms();
  const auto late = call(of, "make_thing", R"({"name":"a"})", resumed).value();
  EXPECT_EQ(late.state, CallState::done);
  EXPECT_TRUE(late.found);
  EXPECT_EQ(count("POST", "/"), 0U);
  // A clock that was set back is no reason to wait longer than that.
  done_at += 86'400'000;
  resumed.sent_ms = clock.unix_ms() + 86'400'000;
  const auto before = paused;
  EXPECT_EQ(call(of, "make_thing", R"({"name":"a"})", resumed)->state, CallState::done);
  EXPECT_EQ(count("POST", "/"), 1U);
  EXPECT_LT(paused - before, 60s);
}

TEST_F(LateWritesTest, WhatIsRepeatableIsNotOvertakenByWhatTimedOut) {
  const auto of = shop(R"("auth":{"scheme":"bearer"})", R"({"set_thing":{"kind":"repeatable","reason":"it sets"}})");
  std::vector<base::UnixMs> sent;
  http.answer = [&](const ClientRequest&) -> Result<ClientResponse> {
    sent.push_back(clock.unix_ms());
    if (sent.size() > 1) return json_answer(200, "{}");
    return Error(Errc::timed_out, "no answer in 60 s");
  };
  EXPECT_EQ(call(of, "set_thing", R"({"id":"7","name":"n"})")->state, CallState::done);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_GE(sent[1] - sent[0], 150'000) << "the service may be at the first one until then";
  // What a program left open, which may have waited in vain for its answer, too.
  auto resumed = context();
  resumed.sent_ms = clock.unix_ms() - 70'000;
  EXPECT_EQ(call(of, "set_thing", R"({"id":"7","name":"n"})", resumed)->state, CallState::done);
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_GE(sent[2] - *resumed.sent_ms, 150'000);
  const auto before = paused;
  resumed.sent_ms = clock.unix_ms() - 10'000;
  EXPECT_EQ(call(of, "set_thing", R"({"id":"7","name":"n"})", resumed)->state, CallState::done);
  EXPECT_EQ(paused, before) << "nobody waited so long for its answer";
}

TEST_F(LateWritesTest, WhatOthersMayHaveChangedSinceIsNotRepeated) {
  const auto of =
      shop(R"("auth":{"scheme":"bearer"})", R"({"set_thing":{"kind":"repeatable","reason":"it sets","minutes":60},
                                               "drop_thing":{"kind":"repeatable","reason":"gone is gone"}})");
  http.answers = {{.body = "{}"}};
  auto resumed = context();
  resumed.sent_ms = clock.unix_ms() - 59 * 60'000;
  EXPECT_EQ(call(of, "set_thing", R"({"id":"7","name":"n"})", resumed)->state, CallState::done);
  resumed.sent_ms = clock.unix_ms() - 61 * 60'000;
  const auto late = call(of, "set_thing", R"({"id":"7","name":"n"})", resumed).value();
  EXPECT_EQ(late.state, CallState::unknown);
  EXPECT_NE(late.message.find("others may have changed"), std::string::npos) << late.message;
  EXPECT_EQ(count("PUT", "/"), 1U);
  http.answers = {{.status = 404}};
  EXPECT_EQ(call(of, "drop_thing", R"({"id":"7"})", resumed)->state, CallState::done);
}

TEST_F(LateWritesTest, WithoutAVersionNothingKeepsASecondOneFromBeingDone) {
  const auto of = shop(R"("auth":{"scheme":"bearer"})", R"({"set_thing":{"kind":"etag","etag":"/etag"}})");
  for (const bool late : {false, true}) {
    for (const auto* arguments :
         {R"({"id":"7","name":"n"})", R"({"id":"7","etag":"*","name":"n"})", R"({"id":"7","etag":"","name":"n"})"}) {
      http.requests.clear();
      http.answers = {{.broken = late ? Error(Errc::timed_out, "late") : cut()}, {.status = 200, .body = "{}"}};
      const auto got = call(of, "set_thing", arguments).value();
      EXPECT_EQ(got.state, CallState::unknown) << arguments;
      EXPECT_NE(got.message.find("without the version"), std::string::npos) << got.message;
      EXPECT_EQ(http.requests.size(), 1U) << arguments;
    }
  }
  // With one the service refuses whichever comes second.
  http.answers = {{.broken = Error(Errc::timed_out, "late")}, {.status = 409, .body = "{}"}};
  EXPECT_EQ(call(of, "set_thing", R"({"id":"7","etag":"e1","name":"n"})")->state, CallState::unknown);
  http.answers = {{.broken = Error(Errc::timed_out, "late")}, {.status = 200, .body = "{}"}};
  EXPECT_EQ(call(of, "set_thing", R"({"id":"7","etag":"e1","name":"n"})")->state, CallState::done);
}

TEST_F(LateWritesTest, WhatMayHaveTimedOutBeforeARestartIsLookedForAsLong) {
  const auto probes = R"({"make_thing":{"kind":"lookup","read":"shop.list_things","match":{"/name":"$args.name"}}})";
  const auto of = shop(R"("auth":{"scheme":"bearer"})", probes);
  const auto sent_ms = clock.unix_ms();
  http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
    if (request.method == "POST") return json_answer(201, "{}");
    const bool last = target_of(request).contains("page=2") || clock.unix_ms() < sent_ms + 140'000;
    return json_answer(200, last ? "[]" : R"([{"name":"a","id":"7"}])");
  };
  clock.advance(80s);
  auto resumed = context();
  resumed.sent_ms = sent_ms;
  const auto late = call(of, "make_thing", R"({"name":"a"})", resumed).value();
  EXPECT_EQ(late.state, CallState::done);
  EXPECT_TRUE(late.found);
  EXPECT_EQ(count("POST", "/"), 0U) << "the service was at it for longer than the program lived";
}

}  // namespace
}  // namespace troupe::assistant::calls
