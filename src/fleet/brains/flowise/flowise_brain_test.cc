// The Flowise brain in the fleet, against scripted answers; its habits on the wire are in tests/e2e/flowise.test.mjs.
#include "fleet/brains/flowise/flowise_brain.h"

#include <boost/json/parse.hpp>

#include "base/encoding.h"
#include "fleet/fleet_fixture.h"

namespace troupe::fleet::brains {
namespace {

std::string text_in(const boost::json::value& json) { return boost::json::value_to<std::string>(json); }

constexpr std::string_view kUrl = "http://flowise:3000/api/v1/prediction/flow-1";

class FlowiseTest : public FleetTest {
 protected:
  FlowiseTest() {
    brains.add(flowise_brain());
    limits.join_within = std::chrono::milliseconds(0);
    http.answer = [this](const net::client::ClientRequest& request) -> Result<net::client::ClientResponse> {
      if (request.url.ends_with("/chatflows-streaming/flow-1")) return json(200, streaming);
      if (request.url.ends_with("/prediction/flow-1")) {
        asked.push_back(boost::json::parse(request.body).as_object());
        return plain;
      }
      if (request.url.find("/chatmessage/flow-1?") != std::string::npos) return json(200, stored);
      if (request.url.find("/chatmessage/abort/") != std::string::npos) {
        ++aborts;
        return json(200, "{}");
      }
      return json(404, R"({"message":"nothing here"})");
    };
    http.stream = [this](const net::client::ClientRequest& request,
                         const auto& receive) -> Result<net::client::ClientResponse> {
      asked.push_back(boost::json::parse(request.body).as_object());
      for (const auto& data : events) {
        if (!receive({.event = "message", .data = data, .id = {}})) break;
      }
      return streamed;
    };
  }
  static net::client::ClientResponse json(int status, std::string body) {
    net::client::ClientResponse response{.status = status, .headers = {}, .body = std::move(body)};
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    return response;
  }
  static net::client::ClientResponse stream_head() {
    net::client::ClientResponse response{.status = 200, .headers = {}, .body = {}};
    response.headers.add("Content-Type", "text/event-stream");
    return response;
  }
  std::string say_and_wait(std::string_view text) {
    homeserver->say(room, anna, text);
    EXPECT_TRUE(settled("flow", ++turns));
    auto said = homeserver->messages(bot);
    return said.empty() ? "" : said.back().body;
  }
  void ready(boost::json::object config = {}) {
    config["url"] = kUrl;
    begin();
    bot = add_running_bot("flow", "flowise", std::move(config));
    room = room_of({anna}, {bot});
  }
  std::string chat_of(std::size_t n) { return text_in(asked.at(n).at("chatId")); }

  std::string bot;
  std::string room;
  std::int64_t turns = 0;
  std::string streaming = R"({"isStreaming":true})";
  std::string stored = "[]";
  std::vector<std::string> events{R"({"event":"token","data":"Hello"})", R"({"event":"token","data":" there"})",
                                  R"({"event":"metadata","data":{"chatId":"c","chatMessageId":"m1"}})",
                                  R"({"event":"end","data":"[DONE]"})"};
  Result<net::client::ClientResponse> plain = json(200, R"({"text":"plain","chatMessageId":"m2"})");
  Result<net::client::ClientResponse> streamed = stream_head();
  std::vector<boost::json::object> asked;
  std::atomic<int> aborts{0};
};

TEST_F(FlowiseTest, AsksWithOneSessionAndOneChatWhileAllIsWell) {
  ready({{"override_config", {{"vars", {{"tone", "kind"}}}, {"sessionId", "ours wins"}}}});
  EXPECT_EQ(say_and_wait("hi"), "Hello there");
  EXPECT_EQ(say_and_wait("more"), "Hello there");
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].at("question"), "hi");
  EXPECT_EQ(asked[0].at("streaming"), true);
  EXPECT_EQ(text_in(asked[0].at("overrideConfig").at("sessionId")), "flow:" + room);
  EXPECT_EQ(asked[0].at("overrideConfig").at("vars").at("tone"), "kind");
  EXPECT_EQ(chat_of(0), "flow:" + room + "#1");
  EXPECT_EQ(chat_of(1), chat_of(0));
}

TEST_F(FlowiseTest, AFailureMakesANewChatAndARefusalDoesNot) {
  ready({{"stream", false}});
  plain = Error(Errc::timed_out, "too slow");
  say_and_wait("one");
  EXPECT_EQ(aborts, 1);
  plain = json(413, "too large");
  say_and_wait("two");
  plain = json(200, R"({"text":"fine"})");
  EXPECT_EQ(say_and_wait("three"), "fine");
  EXPECT_EQ(chat_of(1), "flow:" + room + "#2");
  EXPECT_EQ(chat_of(2), chat_of(1)) << "nothing ran";
  plain = json(500, R"({"message":"Error: boom"})");
  say_and_wait("four");
  plain = json(200, R"({"text":"fine"})");
  say_and_wait("five");
  EXPECT_EQ(chat_of(4), "flow:" + room + "#3");
}

TEST_F(FlowiseTest, AfterTwoStreamsThatDidNotOpenItAsksWithout) {
  ready();
  events.clear();
  streamed = Error(Errc::timed_out, "no head");
  say_and_wait("one");
  say_and_wait("two");
  EXPECT_EQ(asked[1].at("streaming"), true);
  EXPECT_EQ(say_and_wait("three"), "plain");
  EXPECT_EQ(asked[2].at("streaming"), false);
}

TEST_F(FlowiseTest, AStreamWithoutTextIsReadBackWithTheKey) {
  events.erase(events.begin(), events.begin() + 2);
  stored =
      R"([{"id":"m0","role":"userMessage","content":"hi"},{"id":"m1","role":"apiMessage","content":"from the store"}])";
  ready({{"api_key", "key-of-the-flow"}});
  EXPECT_EQ(say_and_wait("hi"), "from the store");
  EXPECT_EQ(asked.size(), 1U);
  stored = "[]";
  EXPECT_EQ(say_and_wait("hi"), "plain") << "else it is asked again without a stream";
  EXPECT_EQ(asked.back().at("streaming"), false);
  for (const auto& request : http.requests) {
    EXPECT_EQ(request.headers.get("Authorization"), "Bearer key-of-the-flow");
    EXPECT_FALSE(request.headers.has("Origin"));
  }
}

TEST_F(FlowiseTest, PlainJsonToAStreamIsAnAnswer) {
  events.clear();
  streamed = json(200, R"({"text":"\n\nwhole"})");
  ready();
  EXPECT_EQ(say_and_wait("hi"), "whole");
}

TEST_F(FlowiseTest, AnUnknownFlowIsSaidSoWithoutWaiting) {
  ready();
  http.answer = [](const net::client::ClientRequest&) -> Result<net::client::ClientResponse> {
    return json(500, R"({"message":"Error: chatflowsService - Chatflow flow-1 not found"})");
  };
  EXPECT_TRUE(say_and_wait("hi").starts_with("I am not set up correctly."));
  EXPECT_TRUE(asked.empty());
}

TEST_F(FlowiseTest, PassesOnWhatAPersonChose) {
  ready();
  events[2] =
      R"({"event":"action","data":{"elements":[{"type":"agentflowv2-approve-button","label":"Go"}],"data":{"nodeId":"h0"}}})";
  EXPECT_NE(say_and_wait("do it").find("1. ✅ Go"), std::string::npos);
  events[2] = R"({"event":"metadata","data":{}})";
  say_and_wait("1");
  EXPECT_EQ(asked[1].at("humanInput").at("type"), "proceed");
  EXPECT_EQ(asked[1].at("humanInput").at("startNodeId"), "h0");
  say_and_wait("1");
  EXPECT_FALSE(asked[2].contains("humanInput"));
}

TEST_F(FlowiseTest, ConfigsAreCheckedAndKeysAreSecrets) {
  auto kind = flowise_brain();
  auto check = [&](boost::json::object config) { return kind.prepare(std::move(config), {}); };
  auto fine = check({{"url", "http://h:3000"}, {"flow_id", "abc"}, {"api_key", "k"}});
  ASSERT_TRUE(fine);
  EXPECT_FALSE(fine->config.contains("api_key"));
  EXPECT_EQ(fine->config.at("api_key_set"), true);
  EXPECT_EQ(fine->config.at("stream"), true);
  auto again = kind.prepare(fine->config, fine->secrets);
  ASSERT_TRUE(again) << "what is stored can be given back";
  EXPECT_EQ(again->secrets.at("api_key"), "k");
  for (boost::json::object bad : {boost::json::object{},
                                  {{"url", "x"}},
                                  {{"url", "http://h:3000"}},
                                  {{"url", kUrl}, {"flow_id", "a/b"}},
                                  {{"url", kUrl}, {"api_key", "a b"}},
                                  {{"url", kUrl}, {"stream", "yes"}},
                                  {{"url", kUrl}, {"idle_timeout_ms", 5}},
                                  {{"url", kUrl}, {"override_config", "x"}},
                                  {{"url", kUrl}, {"unknown", 1}}}) {
    EXPECT_FALSE(check(bad)) << boost::json::serialize(bad);
  }
}

TEST_F(FlowiseTest, TheConnectionTestSaysWhatItFinds) {
  auto kind = flowise_brain();
  auto prepared = kind.prepare({{"url", kUrl}}, {});
  ASSERT_TRUE(prepared);
  auto test = [&] { return must(kind.test({.http = http, .clock = clock}, prepared->config, prepared->secrets)); };
  EXPECT_EQ(test().verdict, BrainTest::Verdict::bad);
  http.answer = [](const net::client::ClientRequest& request) -> Result<net::client::ClientResponse> {
    if (request.url.ends_with("/ping")) return json(200, "pong");
    if (request.url.ends_with("/version")) return json(200, R"({"version":"3.1.4"})");
    if (request.url.find("streaming") != std::string::npos) return json(200, R"({"isStreaming":true})");
    return json(200, "{}");
  };
  auto good = test();
  EXPECT_EQ(good.verdict, BrainTest::Verdict::good);
  EXPECT_EQ(good.details.front().text, "Flowise 3.1.4 answers.");
}

/// A stream that has begun and does not end: nobody waits for it any more.
class FlowiseStopTest : public FlowiseTest {
 protected:
  void hang() {
    events = {R"({"event":"token","data":"Hello"})"};
    http.hang = true;
    limits.first_edit = std::chrono::milliseconds(1);
    ready();
    homeserver->say(room, anna, "a long story");
    ASSERT_TRUE(eventually([&] { return !homeserver->messages(bot).empty(); }));
  }
  void go_on() {
    http.hang = false;
    events.push_back(R"({"event":"end","data":"[DONE]"})");
  }
  /// The run of the first question is stopped, and its chatId is never used again.
  void expect_stopped() {
    ASSERT_TRUE(eventually([&] { return aborts == 1; }));
    std::string stopped;
    for (const auto& request : http.requests) {
      if (request.url.find("/abort/") != std::string::npos) stopped = request.method + " " + request.url;
    }
    EXPECT_EQ(stopped, "PUT http://flowise:3000/api/v1/chatmessage/abort/flow-1/" + base::percent_encode(chat_of(0)));
  }
};

TEST_F(FlowiseStopTest, ARemovedQuestionStopsTheRun) {
  hang();
  auto question = homeserver->messages(anna).back().event_id;
  homeserver->put(room, anna, "m.room.redaction", {{"redacts", question}});
  expect_stopped();
  go_on();
  homeserver->say(room, anna, "another");
  ASSERT_TRUE(settled("flow", 2));
  EXPECT_EQ(chat_of(1), "flow:" + room + "#2");
}

TEST_F(FlowiseStopTest, AStopOfTheBotStopsTheRun) {
  hang();
  must(bots->stop(1, "flow", {"t"}));
  expect_stopped();
  go_on();
  must(bots->start(1, "flow", {"t"}));
  homeserver->say(room, anna, "another");
  ASSERT_TRUE(settled("flow", 2));
  EXPECT_EQ(chat_of(1), "flow:" + room + "#2");
}

TEST_F(FlowiseStopTest, AResetStopsTheRun) {
  hang();
  homeserver->say(room, anna, "!reset");
  expect_stopped();
  ASSERT_TRUE(eventually([&] { return homeserver->messages(bot).back().body.starts_with("Done."); }));
  go_on();
  homeserver->say(room, anna, "another");
  ASSERT_TRUE(settled("flow", 3));
  EXPECT_EQ(chat_of(1), "flow:" + room + "~1#1");
}

}  // namespace
}  // namespace troupe::fleet::brains
