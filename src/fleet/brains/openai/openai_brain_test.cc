#include "fleet/brains/openai/openai_brain.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "fleet/brains/brain_http.h"
#include "fleet/brains/brain_test_bench.h"
#include "fleet/brains/openai/openai_request.h"
#include "kit/fake_http.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

std::string event(std::string_view text, std::string_view finish = {}) {
  boost::json::object choice{{"index", 0}, {"delta", {{"content", text}}}};
  if (!finish.empty()) choice["finish_reason"] = finish;
  return "data: " + boost::json::serialize(boost::json::object{{"choices", boost::json::array{choice}}}) + "\n\n";
}

kit::HttpAnswer stream(std::string body, std::optional<Error> broken = std::nullopt) {
  return {
      .type = "text/event-stream; charset=utf-8", .body = std::move(body), .broken = std::move(broken), .headers = {}};
}
kit::HttpAnswer json(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  return {.status = status, .body = std::move(body), .broken = std::nullopt, .headers = std::move(headers)};
}

class OpenAiTest : public ::testing::Test {
 protected:
  std::unique_ptr<Brain> brain(boost::json::object more = {}) {
    boost::json::object config{{"base_url", "http://127.0.0.1:9/v1/"}, {"model", "m"}, {"api_key", "sk-secret"}};
    for (auto& member : more) config[member.key()] = member.value();
    auto prepared = kind.prepare(std::move(config), {});
    if (!prepared) throw std::runtime_error(prepared.error().message());
    EXPECT_FALSE(prepared->config.contains("api_key"));
    auto made = kind.make({.http = http, .clock = clock}, prepared->config, prepared->secrets);
    if (!made) throw std::runtime_error(made.error().message());
    return *std::move(made);
  }
  Question question(std::string text) {
    Question asked;
    asked.sender = "@anna:localhost";
    asked.text = std::move(text);
    asked.memory = memory;
    return asked;
  }
  Result<Reply> ask(Brain& brain, std::string text) {
    auto reply = run_alone(brain.answer(question(std::move(text)), shown));
    if (reply) memory->keep(*reply);
    return reply;
  }
  boost::json::object body(std::size_t request) {
    return boost::json::parse(http.requests.at(request).body).as_object();
  }

  BotKind kind = openai_brain();
  kit::FakeHttp http;
  base::ManualClock clock;
  KeptStream shown;
  std::shared_ptr<KeptMemory> memory = std::make_shared<KeptMemory>();
};

TEST_F(OpenAiTest, StreamsRemembersAndCountsTokens) {
  http.answers = {
      stream(": hello\n\n" + event("Hel") + event("lo", "stop") +
             "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n"),
      json(200, R"({"choices":[{"message":{"content":"again"},"finish_reason":"stop"}]})")};
  auto bot = brain({{"system_prompt", "Be kind."}, {"temperature", 0.5}, {"extra", {{"seed", 7}}}});
  auto first = ask(*bot, "hi");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->text, "Hello");
  EXPECT_EQ(first->usage.tokens_in, 9);
  EXPECT_EQ(first->usage.tokens_out, 2);
  EXPECT_EQ(shown.shown, (std::vector<std::string>{"Hel", "Hello"}));
  EXPECT_EQ(http.requests[0].url, "http://127.0.0.1:9/v1/chat/completions");
  EXPECT_EQ(http.requests[0].headers.get("Authorization"), "Bearer sk-secret");
  EXPECT_EQ(body(0).at("seed"), 7);
  EXPECT_EQ(body(0).at("messages").as_array().size(), 2u);

  auto second = ask(*bot, "and now?");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->text, "again");
  auto messages = body(1).at("messages").as_array();
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_EQ(messages[0].as_object().at("role"), "system");
  EXPECT_EQ(messages[1].as_object().at("content"), "hi");
  EXPECT_EQ(messages[2].as_object().at("content"), "Hello");
  EXPECT_EQ(messages[3].as_object().at("content"), "and now?");
}

TEST_F(OpenAiTest, ARepeatedQuestionDoesNotDoubleTheHistory) {
  http.answers = {json(200, R"({"choices":[{"message":{"content":"a"}}]})")};
  auto bot = brain();
  auto lost = run_alone(bot->answer(question("one"), shown));  // the program ends before the reply is stored
  ASSERT_TRUE(lost);
  ASSERT_TRUE(ask(*bot, "one"));
  EXPECT_EQ(body(1).at("messages").as_array().size(), 1u);
  EXPECT_EQ(memory->values.at("history").as_array().size(), 1u);
}

TEST_F(OpenAiTest, TellsTheRoomHowTheAnswerEnded) {
  auto bot = brain();
  auto text = [&](kit::HttpAnswer answer) {
    http.answers = {std::move(answer)};
    auto reply = ask(*bot, "hi");
    return reply ? reply->text : "error: " + reply.error().message();
  };
  EXPECT_NE(text(stream(event("half", "length"))).find("half\n\n*(The answer was cut"), std::string::npos);
  EXPECT_NE(text(stream(event("half", "content_filter"))).find("content filter stopped the answer here"),
            std::string::npos);
  EXPECT_NE(text(stream(event("", "content_filter"))).find("content filter stopped the answer."), std::string::npos);
  EXPECT_NE(text(stream(event("no end"))).find("may be incomplete"), std::string::npos);
  EXPECT_EQ(text(stream(event("no DONE", "stop"))), "no DONE");
  EXPECT_NE(text(stream(event("<think>and then"))).find("I thought about it"), std::string::npos);
  EXPECT_NE(text(json(200, R"({"choices":[{"message":{"content":null}}]})")).find("nothing to say"), std::string::npos);
  EXPECT_EQ(text(json(200, event("a stream") + event(" called JSON", "stop"))), "a stream called JSON");
  EXPECT_EQ(memory->values.at("history").as_array().size(), 5u);  // only those with an answer
}

TEST_F(OpenAiTest, ShowsReasoningOnlyWhenAsked) {
  http.answers = {
      stream("data: {\"choices\":[{\"delta\":{\"reasoning\":\"line\\nline\"}}]}\n\n" + event("yes", "stop"))};
  EXPECT_EQ(ask(*brain(), "hi")->text, "yes");
  EXPECT_EQ(ask(*brain({{"show_reasoning", true}}), "hi")->text, "> line\n> line\n\nyes");
}

TEST_F(OpenAiTest, TriesAgainWhenTheServerIsBusy) {
  http.answers = {json(429, "{}", {{"Retry-After", "0"}}), json(503, "", {{"retry-after-ms", "1"}}),
                  stream(event("at last", "stop"))};
  EXPECT_EQ(ask(*brain(), "hi")->text, "at last");
  EXPECT_EQ(http.requests.size(), 3u);

  http.requests.clear();
  http.answers = {json(429, R"({"error":{"message":"quota","type":"insufficient_quota"}})", {{"Retry-After", "0"}})};
  auto refused = ask(*brain({{"retries", 1}}), "hi");
  ASSERT_FALSE(refused);
  EXPECT_EQ(http.requests.size(), 2u);
  EXPECT_NE(refused.error().message().find("429"), std::string::npos);
  EXPECT_NE(refused.error().detail().find("quota"), std::string::npos);

  http.requests.clear();
  http.answers = {json(503, "", {{"Retry-After", "3600"}})};
  EXPECT_FALSE(ask(*brain(), "hi"));  // an hour is too long to wait
  EXPECT_EQ(http.requests.size(), 1u);
}

TEST_F(OpenAiTest, DoesNotAskTwiceOnceSomethingWasShown) {
  http.answers = {stream(event("half an answ"), Error(Errc::unavailable, "the connection was lost"))};
  EXPECT_FALSE(ask(*brain(), "hi"));
  EXPECT_EQ(http.requests.size(), 1u);
  EXPECT_EQ(shown.shown.back(), "half an answ");
  http.answers = {stream(event("half") + "data: {\"error\":{\"message\":\"out of memory\"}}\n\n")};
  auto failed = ask(*brain(), "hi");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message().find("out of memory"), std::string::npos);
  EXPECT_NE(failed.error().detail().find("out of memory"), std::string::npos);
  http.requests.clear();
  http.answers = {kit::HttpAnswer{.status = 0, .body = "", .broken = Error(Errc::timed_out, "too slow")}};
  auto slow = ask(*brain(), "hi");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code(), Errc::timed_out);
  EXPECT_EQ(http.requests.size(), 1u);
}

TEST_F(OpenAiTest, LeavesOutOldTurnsUntilItFits) {
  boost::json::array turns;
  for (int i = 0; i < 6; ++i) turns.push_back({{"q", "question " + std::to_string(i)}, {"a", std::string(400, 'a')}});
  memory->values["history"] = turns;
  // By the estimate: 512 tokens, a quarter of them for the answer.
  http.answers = {json(200, R"({"choices":[{"message":{"content":"x"}}]})")};
  ASSERT_TRUE(run_alone(brain({{"context_tokens", 512}})->answer(question("hi"), shown)));
  EXPECT_EQ(body(0).at("messages").as_array().size(), 7u);
  EXPECT_EQ(body(0).at("messages").as_array()[0].as_object().at("content"), "question 3");
  // By the server's word: half, then half of that.
  http.requests.clear();
  auto overflow = json(400, R"({"error":{"message":"maximum context length is 10","code":"context_length_exceeded"}})");
  http.answers = {overflow, overflow, json(200, R"({"choices":[{"message":{"content":"x"}}]})")};
  ASSERT_TRUE(run_alone(brain()->answer(question("hi"), shown)));
  EXPECT_EQ(body(0).at("messages").as_array().size(), 13u);
  EXPECT_EQ(body(1).at("messages").as_array().size(), 7u);
  EXPECT_EQ(body(2).at("messages").as_array().size(), 3u);
  http.answers = {overflow};
  auto hopeless = run_alone(brain()->answer(question("hi"), shown));
  ASSERT_TRUE(hopeless);
  EXPECT_NE(hopeless->text.find("too long"), std::string::npos);
}

TEST_F(OpenAiTest, GoesOnWithoutUsageWhereItIsUnknown) {
  http.answers = {json(400, R"({"error":{"message":"unknown field: stream_options"}})"), stream(event("ok", "stop"))};
  EXPECT_EQ(ask(*brain(), "hi")->text, "ok");
  EXPECT_TRUE(body(0).contains("stream_options"));
  EXPECT_FALSE(body(1).contains("stream_options"));
}

TEST_F(OpenAiTest, SendsImagesAsDataAndRemembersTheirNames) {
  http.answers = {json(200, R"({"choices":[{"message":{"content":"a cat"}}]})")};
  auto bot = brain();
  auto asked = question("what is it?");
  asked.attachments = {
      {.mxc = "mxc://localhost/a", .mime = "image/png", .name = "cat.png", .kind = AttachmentKind::image}};
  std::string bytes = "\x89PNG\r\n\x1a\nrest";
  asked.download = [&](Attachment, std::size_t) -> Task<matrix::Media> {
    co_return matrix::Media{.bytes = bytes, .content_type = "image/png", .name = ""};
  };
  EXPECT_TRUE(bot->takes(AttachmentKind::image));
  EXPECT_FALSE(bot->takes(AttachmentKind::audio));
  auto reply = run_alone(bot->answer(asked, shown));
  ASSERT_TRUE(reply);
  auto parts = body(0).at("messages").as_array()[0].as_object().at("content").as_array();
  ASSERT_EQ(parts.size(), 2u);
  std::string url(parts[1].as_object().at("image_url").as_object().at("url").as_string());
  EXPECT_TRUE(url.starts_with("data:image/png;base64,")) << url;
  EXPECT_EQ(reply->remember.at("history").as_array()[0].as_object().at("q"), "what is it?\n[image: cat.png]");
  bytes = "<svg/>";
  reply = run_alone(bot->answer(asked, shown));
  ASSERT_TRUE(reply);
  EXPECT_NE(reply->text.find("PNG, JPEG"), std::string::npos);
}

TEST_F(OpenAiTest, NamesPeopleInGroups) {
  http.answers = {json(200, R"({"choices":[{"message":{"content":"x"}}]})")};
  auto asked = question("hi");
  asked.in_group = true;
  ASSERT_TRUE(run_alone(brain()->answer(asked, shown)));
  EXPECT_EQ(body(0).at("messages").as_array()[0].as_object().at("content"), "anna: hi");
}

TEST_F(OpenAiTest, GivesUpWhenNobodyWaits) {
  http.answers = {json(503, "", {{"Retry-After", "20"}})};
  shown.still_wanted = false;
  auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(ask(*brain(), "hi"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(18)) << "it does not wait for the server";
}

TEST_F(OpenAiTest, KnowsCommands) {
  auto bot = brain();
  EXPECT_NE(ask(*bot, " !help ")->text.find("!reset"), std::string::npos);
  EXPECT_TRUE(http.requests.empty());
  http.answers = {json(200, R"({"data":[{"id":"m"}]})")};
  EXPECT_NE(ask(*bot, "!status")->text.find("Model: m"), std::string::npos);
  EXPECT_TRUE(bot->has_sessions());
}

TEST_F(OpenAiTest, TestsTheConnectionByAQuestion) {
  using Verdict = BrainTest::Verdict;
  const kit::HttpAnswer list = json(200, R"({"data":[{"id":"a"},{"id":"m"}]})");
  const kit::HttpAnswer completion = json(200, R"({"choices":[{"message":{"content":""},"finish_reason":"length"}]})");
  auto test = [&](std::deque<kit::HttpAnswer> answers) {
    http.answers = std::move(answers);
    http.requests.clear();
    boost::json::object config{{"base_url", "http://127.0.0.1:9/v1"}, {"model", "m"}};
    auto found = run_alone(kind.test({.http = http, .clock = clock}, config, {}));
    if (!found) throw std::runtime_error(found.error().message());
    return *found;
  };
  auto good = test({list, completion});
  EXPECT_EQ(good.verdict, Verdict::good);
  EXPECT_EQ(good.summary, "The model answers.");
  ASSERT_EQ(http.requests.size(), 2U);
  EXPECT_EQ(http.requests[1].url, "http://127.0.0.1:9/v1/chat/completions");
  EXPECT_EQ(body(1).at("max_tokens"), 1);
  // The list says yes, the question no.
  EXPECT_EQ(test({list, json(500, "")}).verdict, Verdict::bad);
  EXPECT_EQ(test({list, json(401, "")}).summary, "The server refuses the key.");
  EXPECT_EQ(test({list, json(200, "<html>")}).verdict, Verdict::bad);
  EXPECT_EQ(test({list, json(200, "{}")}).verdict, Verdict::bad);
  EXPECT_EQ(test({list, json(429, "")}).verdict, Verdict::unsure);
  EXPECT_EQ(test({list, {.broken = Error(Errc::timed_out, "slow")}}).verdict, Verdict::unsure);
  EXPECT_EQ(test({{.broken = Error(Errc::unavailable, "refused")}}).summary, "The server cannot be reached.");
  // The address without its /v1.
  auto lost = test({json(404, "")});
  EXPECT_EQ(lost.verdict, Verdict::bad);
  EXPECT_NE(lost.summary.find("/v1"), std::string::npos);
  // The list says no, the question yes.
  auto unlisted = test({json(404, ""), completion});
  EXPECT_EQ(unlisted.verdict, Verdict::good);
  EXPECT_EQ(unlisted.details.front().verdict, Verdict::unsure);
  // Newer models know the limit by another name.
  EXPECT_EQ(
      test({list, json(400, R"({"error":{"message":"Unsupported parameter: 'max_tokens'"}})"), completion}).verdict,
      Verdict::good);
  EXPECT_EQ(body(2).at("max_completion_tokens"), 1);
  EXPECT_FALSE(body(2).contains("max_tokens"));
}

TEST_F(OpenAiTest, NamesAllSettingsThatAreWrong) {
  auto prepared = kind.prepare({{"base_url", "x"}, {"temperature", 3}, {"limits", {{"bots_in_a_row", 99}}}}, {});
  ASSERT_FALSE(prepared);
  std::vector<std::string> pointers;
  for (const auto& one : prepared.error().members().at("errors").as_array()) {
    pointers.emplace_back(one.at("pointer").as_string());
  }
  EXPECT_EQ(pointers, (std::vector<std::string>{"/limits/bots_in_a_row", "/base_url", "/model", "/temperature"}));
}

TEST_F(OpenAiTest, NamesTheSettingThatIsWrong) {
  for (auto [config, part] : std::vector<std::pair<boost::json::object, std::string>>{
           {{{"model", "m"}}, "base_url"},
           {{{"base_url", "ftp://x"}, {"model", "m"}}, "base_url"},
           {{{"base_url", "http://me:pw@x/v1"}, {"model", "m"}}, "base_url"},
           {{{"base_url", "http://x/v1?k=1"}, {"model", "m"}}, "base_url"},
           {{{"base_url", "http://x/v1"}}, "model"},
           {{{"base_url", "http://x/v1"}, {"model", "m"}, {"temperature", 3}}, "temperature"},
           {{{"base_url", "http://x/v1"}, {"model", "m"}, {"temperature", "hot"}}, "temperature"},
           {{{"base_url", "http://x/v1"}, {"model", "m"}, {"max_tokens", 9000}}, "max_tokens"},
           {{{"base_url", "http://x/v1"}, {"model", "m"}, {"history_turns", -1}}, "history_turns"},
           {{{"base_url", "http://x/v1"}, {"model", "m"}, {"stream", "yes"}}, "stream"},
           {{{"base_url", "http://x/v1"}, {"model", "m"}, {"extra", {{"messages", 1}}}}, "extra"},
           {{{"base_url", "http://x/v1"}, {"model", "m"}, {"api_key", "a\nb"}}, "api_key"},
           {{{"base_url", "http://x/v1"}, {"model", "m"}, {"colour", 1}}, "colour"}}) {
    auto prepared = kind.prepare(config, {});
    ASSERT_FALSE(prepared) << part;
    EXPECT_EQ(prepared.error().code(), Errc::invalid_param);
    EXPECT_NE(prepared.error().message().find(part), std::string::npos) << prepared.error().message();
  }
  auto kept = kind.prepare({{"base_url", "http://x/v1/chat/completions"}, {"model", "m"}}, {{"api_key", "old"}});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->config.at("base_url"), "http://x/v1");
  EXPECT_EQ(kept->config.at("api_key_set"), true);
  EXPECT_EQ(kept->secrets.at("api_key"), "old");
  auto dropped = kind.prepare({{"base_url", "http://x/v1"}, {"model", "m"}, {"api_key", ""}}, {{"api_key", "old"}});
  ASSERT_TRUE(dropped);
  EXPECT_FALSE(dropped->secrets.contains("api_key"));
}

TEST_F(OpenAiTest, AToolCallIsOneSentenceAndNeverShownRaw) {
  const std::string call =
      R"(data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"secret"}}]}}]})"
      "\n\n"
      R"(data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\":1}"}}]},"finish_reason":"tool_calls"}]})"
      "\n\ndata: [DONE]\n\n";
  http.answers = {stream(call)};
  auto bot = brain();
  auto alone = ask(*bot, "what is the weather?");
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->trouble, "tool_call");
  EXPECT_TRUE(alone->text.starts_with("My model wanted to use a tool")) << alone->text;
  EXPECT_FALSE(memory->values.contains("history")) << "without an answer there is no turn";
  EXPECT_FALSE(body(0).contains("tools"));
  http.answers = {stream(event("Let me look. ") + call)};
  auto after_text = ask(*bot, "and now?");
  ASSERT_TRUE(after_text);
  EXPECT_EQ(after_text->trouble, "tool_call");
  EXPECT_TRUE(after_text->text.starts_with("Let me look.\n\n*(Here the model wanted")) << after_text->text;
  shown.shown.clear();
  http.answers = {stream(event("<tool") + event("_call>{\"name\"") + event(":\"f\"}</tool_call>", "stop"))};
  auto raw = ask(*bot, "и?");
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->trouble, "tool_call");
  EXPECT_EQ(raw->text.find("<tool"), std::string::npos);
  EXPECT_TRUE(shown.shown.empty()) << "not while it is written, either";
}

TEST_F(OpenAiTest, TheRoomsTopicIsAPromptWhenAsked) {
  http.answers = {json(200, R"({"choices":[{"message":{"content":"x"}}]})")};
  std::string topic = " Talk like a pirate. ";
  auto with_topic = [&](boost::json::object config) {
    http.requests.clear();
    auto asked = question("hi");
    asked.room_topic = [&]() -> Task<std::string> {
      if (topic == "fail") co_return Error(Errc::unavailable, "no");
      co_return topic;
    };
    EXPECT_TRUE(run_alone(brain(std::move(config))->answer(asked, shown)));
    auto first = body(0).at("messages").as_array()[0].as_object();
    return first.at("role") == "system" ? boost::json::value_to<std::string>(first.at("content")) : std::string();
  };
  EXPECT_EQ(with_topic({}), "") << "off by default: whoever sets the topic would instruct the model";
  EXPECT_EQ(with_topic({{"topic_as_prompt", true}}), "Talk like a pirate.");
  EXPECT_EQ(with_topic({{"topic_as_prompt", true}, {"system_prompt", "Be kind."}}), "Be kind.\n\nTalk like a pirate.");
  topic = std::string(5'000, 'x') + "é";
  EXPECT_EQ(with_topic({{"topic_as_prompt", true}}).size(), 4'096U);
  topic = "";
  EXPECT_EQ(with_topic({{"topic_as_prompt", true}, {"system_prompt", "Be kind."}}), "Be kind.");
  topic = "fail";
  EXPECT_EQ(with_topic({{"topic_as_prompt", true}, {"system_prompt", "Be kind."}}), "Be kind.");
}

TEST_F(OpenAiTest, LooksAroundWhenItStartsAndOnlyWarns) {
  auto look = [&](kit::HttpAnswer answer) {
    http.answers = {std::move(answer)};
    auto bot = brain();
    auto found = run_alone([](Brain& of) -> Task<std::vector<Finding>> { co_return co_await of.look_around(); }(*bot));
    return found && !found->empty() ? found->front().text : std::string();
  };
  EXPECT_EQ(look(json(200, R"({"data":[{"id":"m"}]})")), "");
  EXPECT_EQ(http.requests.back().url, "http://127.0.0.1:9/v1/models");
  EXPECT_EQ(look(json(200, R"({"data":[{"id":"other"}]})")),
            "The model's server does not list the model m; some answer all the same.");
  EXPECT_NE(look(json(401, "")).find("refuses the key"), std::string::npos);
  kit::HttpAnswer refused{.broken = Error(Errc::unavailable, "Connection refused")};
  EXPECT_EQ(look(refused), "Connection refused. Questions are asked all the same.");
}

TEST_F(OpenAiTest, WaitsUntilADate) {
  clock.advance(std::chrono::milliseconds(784'111'777'000 - clock.unix_ms()));  // Sun, 06 Nov 1994 08:49:37 GMT
  http.answers = {json(503, "", {{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
                  json(503, "", {{"Retry-After", "Sunday, 06-Nov-94 08:49:30 GMT"}}), stream(event("ok", "stop"))};
  EXPECT_EQ(ask(*brain(), "hi")->text, "ok");
  http.requests.clear();
  http.answers = {json(503, "", {{"Retry-After", "Sun, 06 Nov 1994 09:49:37 GMT"}})};
  EXPECT_FALSE(ask(*brain(), "hi")) << "an hour is too long to wait";
  EXPECT_EQ(http.requests.size(), 1u);
}

TEST(BrainHttpTest, ReadsDatesInTheirThreeForms) {
  for (std::string_view text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_http_date(text), 784'111'777'000) << text;
  }
  for (std::string_view text : {"", "tomorrow", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37 GMT x",
                                "Sun, 99 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

}  // namespace
}  // namespace troupe::fleet::brains
