// Several models for one answer: what the room sees, which one answers, what it costs.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <random>

#include "fleet/brains/brain_test_bench.h"
#include "fleet/brains/openai/openai_brain.h"
#include "fleet/brains/openai/openai_request.h"
#include "fleet/models/models_fixture.h"
#include "net/client/sse.h"

namespace troupe::fleet::brains {
namespace {

using std::chrono::milliseconds;

/// How a model's answer ends.
enum class End { whole, cut, silent, refused };

struct Said {
  int status = 200;
  std::string body = {};
  End end = End::whole;
  std::vector<std::pair<std::string, std::string>> headers = {};
  milliseconds before{0};  ///< its first byte
};

/// Models by their host, each with a say of its own.
class StandIns : public net::client::HttpClient {
 public:
  std::map<std::string, std::function<Said()>> models;
  std::vector<net::client::ClientRequest> requests;

  std::size_t asked(std::string_view host) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(requests, [&](const auto& one) { return host_of(one.url) == host; }));
  }
  boost::json::object last_body() const { return boost::json::parse(requests.back().body).as_object(); }

  Task<net::client::ClientResponse> send(net::client::ClientRequest) override {
    co_return Error(Errc::unavailable, "nobody listens");
  }
  Task<net::client::ClientResponse> stream_events(
      net::client::ClientRequest request, std::function<bool(const net::client::ServerSentEvent&)> receive) override {
    requests.push_back(request);
    const auto said = models.at(host_of(request.url))();
    if (said.end == End::refused) co_return Error(Errc::unavailable, "connection refused");
    net::client::ClientResponse response{.status = said.status, .headers = {}, .body = {}};
    for (const auto& [name, value] : said.headers) response.headers.add(name, value);
    if (said.status != 200) {
      response.body = said.body;
      co_return response;
    }
    if (said.before.count() > 0) {
      asio::steady_timer timer(co_await asio::this_coro::executor, said.before);
      co_await timer.async_wait(asio::use_awaitable);
    }
    net::client::SseParser parser(1 << 20);
    CO_TRY(const bool more, parser.feed(said.body, receive));
    if (more && said.end == End::cut) co_return Error(Errc::unavailable, "the connection was lost");
    if (more && said.end == End::silent) {
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return response;
  }

 private:
  static std::string host_of(std::string_view url) {
    url.remove_prefix(url.find("//") + 2);
    return std::string(url.substr(0, url.find('/')));
  }
};

std::string piece(std::string_view text, std::string_view finish = {}) {
  boost::json::object choice{{"index", 0}, {"delta", {{"content", text}}}};
  if (!finish.empty()) choice["finish_reason"] = finish;
  return "data: " + boost::json::serialize(boost::json::object{{"choices", boost::json::array{choice}}}) + "\n\n";
}

/// A word at a time, with its usage at the end.
std::string answer_of(std::string_view name, int words = 6) {
  std::string body;
  for (int i = 0; i < words; ++i) body += piece(std::string(name) + std::to_string(i) + " ");
  return body + piece("end", "stop") +
         "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n";
}
std::string text_of(std::string_view name, int words = 6) {
  std::string text;
  for (int i = 0; i < words; ++i) text += std::string(name) + std::to_string(i) + " ";
  return text + "end";
}

class ModelChainTest : public models::ModelsTest {
 protected:
  ModelChainTest() {
    for (const std::string name : {"one", "two", "three"}) {
      http.models[name] = [name] { return Said{.body = answer_of(name)}; };
    }
  }
  models::Models& shared() {
    if (!models_) models_ = std::make_unique<models::Models>(uses(), settings);
    return *models_;
  }
  static boost::json::object model(std::string_view name, boost::json::object more = {}) {
    boost::json::object made{{"name", name}, {"base_url", "http://" + std::string(name) + "/v1"}, {"model", "m"}};
    for (auto& member : more) made[member.key()] = member.value();
    return made;
  }
  std::unique_ptr<Brain> brain(boost::json::object more = {}, std::int64_t tenant_id = 1) {
    boost::json::object config{{"base_url", "http://one/v1"},
                               {"model", "m"},
                               {"first_token_ms", 300},
                               {"silence_ms", 300},
                               {"fallbacks", boost::json::array{model("two")}}};
    for (auto& member : more) config[member.key()] = member.value();
    auto kind = openai_brain(&shared());
    auto prepared = kind.prepare(std::move(config), {});
    if (!prepared) throw std::runtime_error(prepared.error().message());
    return kit::must(kind.make({.http = http, .clock = clock, .bot_id = "bot", .tenant_id = tenant_id},
                               prepared->config, prepared->secrets));
  }
  Result<Reply> ask(Brain& brain, std::string text = "hi") {
    shown.shown.clear();
    Question question;
    question.sender = "@anna:localhost";
    question.text = std::move(text);
    return wait(brain.answer(std::move(question), shown));
  }
  /// What the room saw never shrinks, and what it ends with is one model's whole text.
  void expect_answer_of(std::string_view name, const Result<Reply>& reply) {
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->text, text_of(name));
    EXPECT_EQ(reply->trouble, "");
    for (std::size_t i = 1; i < shown.shown.size(); ++i) EXPECT_GT(shown.shown[i].size(), shown.shown[i - 1].size());
  }

  models::ModelSettings settings;
  StandIns http;
  KeptStream shown;

 private:
  std::unique_ptr<models::Models> models_;
};

TEST_F(ModelChainTest, GoesOnToTheNextInTheSameAnswerHoweverTheFirstFails) {
  const auto half = piece("one0 ") + piece("one1 ");
  const std::vector<std::pair<std::string, Said>> failures{
      {"refused", {.end = End::refused}},
      {"no first token", {.end = End::silent}},
      {"only a role", {.body = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n", .end = End::silent}},
      {"silent in the middle", {.body = half, .end = End::silent}},
      {"cut", {.body = half, .end = End::cut}},
      {"ends without an end", {.body = half}},
      {"empty", {}},
      {"malformed", {.body = half + "data: {\"choices\":[{\n\n"}},
      {"an error in the middle", {.body = half + "data: {\"error\":{\"message\":\"out of memory\"}}\n\n"}},
      {"429", {.status = 429, .body = "{}", .headers = {{"Retry-After", "20"}}}},
      {"quota", {.status = 429, .body = R"({"error":{"message":"x","code":"insufficient_quota"}})"}},
      {"503", {.status = 503, .body = "busy"}},
      {"500", {.status = 500, .body = "<html>"}},
      {"401", {.status = 401, .body = "{}"}},
      {"404", {.status = 404, .body = "{}"}},
      {"400", {.status = 400, .body = R"({"error":{"message":"temperature"}})"}}};
  int tenant = 1;  // breakers are a tenant's own
  for (const auto& [what, said] : failures) {
    SCOPED_TRACE(what);
    http.requests.clear();
    http.models["one"] = [&said] { return said; };
    expect_answer_of("two", ask(*brain({}, ++tenant)));
    EXPECT_EQ(http.asked("one"), 1U);
    EXPECT_EQ(http.asked("two"), 1U);
  }
}

TEST_F(ModelChainTest, ACutAtAnyByteNeitherDoublesNorLosesText) {
  std::mt19937 random(10);
  const auto whole = answer_of("one");
  for (int i = 0; i < 40; ++i) {
    const auto at = std::uniform_int_distribution<std::size_t>(0, whole.size())(random);
    const bool tidy = i % 2 == 0;
    SCOPED_TRACE(at);
    http.models["one"] = [&] { return Said{.body = whole.substr(0, at), .end = tidy ? End::whole : End::cut}; };
    auto reply = ask(*brain({}, 100 + i));
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->text == text_of("one") || reply->text == text_of("two")) << reply->text;
    expect_answer_of(reply->text == text_of("one") ? "one" : "two", reply);
  }
}

TEST_F(ModelChainTest, ADeadModelCostsNothingAfterSomeAnswersAndIsTriedAgainLater) {
  http.models["one"] = [] { return Said{.end = End::refused}; };
  auto bot = brain({{"retries", 0}});
  for (int i = 0; i < 10; ++i) expect_answer_of("two", ask(*bot));
  EXPECT_EQ(http.asked("one"), static_cast<std::size_t>(models::Breakers::kFailures));
  http.models["one"] = [] { return Said{.body = answer_of("one")}; };
  expect_answer_of("two", ask(*bot));
  pass(models::Breakers::kFirstPause);
  expect_answer_of("one", ask(*bot));
  http.models["one"] = http.models["two"] = [] { return Said{.end = End::refused}; };
  for (int i = 0; i < 4; ++i) (void)ask(*bot);
  http.models["one"] = [] { return Said{.body = answer_of("one")}; };
  expect_answer_of("one", ask(*bot));  // better one that was dead than none
}

TEST_F(ModelChainTest, TheLastOfThoseThatWereLeftAloneIsWaitedFor) {
  http.models["one"] = http.models["two"] = [] { return Said{.end = End::refused}; };
  auto bot = brain({{"retries", 0}});
  for (int i = 0; i < models::Breakers::kFailures; ++i) (void)ask(*bot);
  http.models["two"] = [] { return Said{.body = answer_of("two"), .before = milliseconds(800)}; };
  expect_answer_of("two", ask(*bot));  // longer than first_token_ms, and nobody is left
}

TEST_F(ModelChainTest, FiveHundredAnswersOfModelsThatDieAtAnyByte) {
  std::mt19937 random(500);
  for (const std::string name : {"one", "two", "three"}) {
    http.models[name] = [name, &random] {
      const auto whole = answer_of(name);
      if (std::uniform_int_distribution<int>(0, 2)(random) != 0) return Said{.body = whole};
      const auto at = std::uniform_int_distribution<std::size_t>(0, whole.size())(random);
      return at == 0 ? Said{.end = End::refused} : Said{.body = whole.substr(0, at), .end = End::cut};
    };
  }
  auto bot = brain({{"fallbacks", boost::json::array{model("two"), model("three")}}, {"retries", 5}});
  for (int i = 0; i < 500; ++i) {
    auto reply = ask(*bot);
    ASSERT_TRUE(reply);
    const auto name = reply->text.substr(0, reply->text.find('0'));
    expect_answer_of(name, reply);
    pass(std::chrono::seconds(1));
  }
}

TEST_F(ModelChainTest, WhenNoModelAnswersTheLastResortDoes) {
  for (auto& [name, said] : http.models) said = [] { return Said{.body = piece("half a"), .end = End::cut}; };
  auto reply = ask(*brain({{"retries", 0}}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "None of my language models answers at the moment. Please ask again in a while.");
  EXPECT_EQ(reply->trouble, "no_model");
  EXPECT_TRUE(reply->each_time);
  EXPECT_TRUE(reply->remember.empty());
  EXPECT_EQ(ask(*brain({{"retries", 0}, {"last_resort", "Call 112."}}))->text, "Call 112.");
  EXPECT_EQ(ask(*brain({{"last_resort", "Alone."}, {"fallbacks", boost::json::array()}}))->text, "Alone.");
  EXPECT_FALSE(ask(*brain({{"retries", 0}, {"fallbacks", boost::json::array()}}))) << "as ever";
}

TEST_F(ModelChainTest, AnAnswerWithoutAnEndIsBetterThanNone) {
  http.models["one"] = [] { return Said{.body = piece("all I know")}; };
  http.models["two"] = [] { return Said{.end = End::refused}; };
  auto reply = ask(*brain({{"retries", 0}}));
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->text.starts_with("all I know\n\n*(The answer may be incomplete")) << reply->text;
}

TEST_F(ModelChainTest, AnotherRoundIsAskedWhileItMayHelp) {
  int round = 0;
  http.models["one"] = [&] {
    return ++round == 1 ? Said{.body = piece("ha"), .end = End::cut} : Said{.body = answer_of("one")};
  };
  http.models["two"] = [] { return Said{.status = 401, .body = "{}"}; };
  expect_answer_of("one", ask(*brain()));
  EXPECT_EQ(http.asked("two"), 1U) << "its key will not be better";
}

TEST_F(ModelChainTest, TheServersModelsAreForTheDefaultTenantAlone) {
  settings.more = {{.name = "shared", .base_url = "http://three/v1", .key = "sk-shared", .model = "m"}};
  http.models["one"] = http.models["two"] = [] { return Said{.end = End::refused}; };
  expect_answer_of("three", ask(*brain()));
  EXPECT_EQ(http.requests.back().headers.get("Authorization"), "Bearer sk-shared");
  EXPECT_EQ(ask(*brain({{"retries", 0}}, 2))->trouble, "no_model");
  EXPECT_EQ(ask(*brain({{"retries", 0}, {"server_models", false}}))->trouble, "no_model");
  EXPECT_EQ(http.asked("three"), 1U);
}

TEST_F(ModelChainTest, WhatOneServerKnowsIsNotSentToAnother) {
  http.models["one"] = [] { return Said{.end = End::refused}; };
  auto bot = brain({{"extra", {{"keep_alive", 5}}}, {"temperature", 0.5}, {"api_key", "sk-one"}});
  expect_answer_of("two", ask(*bot));
  EXPECT_FALSE(http.last_body().contains("keep_alive"));
  EXPECT_EQ(http.last_body().at("temperature"), 0.5);
  EXPECT_EQ(http.requests.back().headers.get("Authorization"), "");
}

TEST_F(ModelChainTest, WhatItCostIsBooked) {
  auto bot = brain({{"price_input", "1"}, {"price_output", "2.5"}});
  expect_answer_of("one", ask(*bot));
  auto booked = sum(shared().spending(), models::Scope::person);
  EXPECT_EQ(booked.who, "@anna:localhost");
  EXPECT_EQ(booked.spent, 10 + 13);  // 12.5 rounded up
  EXPECT_EQ(booked.reserved, 0);
  EXPECT_FALSE(http.last_body().contains("max_tokens")) << "no limit holds";

  http.models["one"] = [] { return Said{.body = piece("four") + piece("", "stop")}; };
  ASSERT_TRUE(ask(*bot));
  const auto call = must(shared().spending().calls(1, today(), "bot", "", 0, 1)).items.at(0);
  EXPECT_EQ(call.state, models::CallState::estimated);
  EXPECT_GT(call.tokens_in, 0);
  EXPECT_GT(call.tokens_out, 0);

  http.models["one"] = [] { return Said{.body = piece("half an answer"), .end = End::cut}; };
  expect_answer_of("two", ask(*bot));
  const auto calls = must(shared().spending().calls(1, today(), "bot", "", 0, 2)).items;
  EXPECT_EQ(calls.at(0).state, models::CallState::unpriced);
  EXPECT_EQ(calls.at(1).state, models::CallState::estimated) << "what broke off may be billed";
  EXPECT_GT(calls.at(1).spent, 0);
  http.models["one"] = [] { return Said{.status = 500, .body = ""}; };
  expect_answer_of("two", ask(*bot));
  EXPECT_EQ(must(shared().spending().calls(1, today(), "bot", "", 0, 2)).items.at(1).spent, 0) << "errors are free";
}

TEST_F(ModelChainTest, ALimitShortensAnswersThenRefusesThem) {
  auto bot = brain(
      {{"price_input", "1"}, {"price_output", "1"}, {"daily_limit", "0.002"}, {"fallbacks", boost::json::array()}});
  expect_answer_of("one", ask(*bot));
  EXPECT_TRUE(http.last_body().contains("max_tokens"));
  EXPECT_LT(http.last_body().at("max_tokens").as_int64(), 2'000);
  http.models["one"] = [] {
    return Said{.body = piece("long", "stop") +
                        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":900}}\n\n"};
  };
  ASSERT_TRUE(ask(*bot));
  const auto asked = http.requests.size();
  auto refused = ask(*bot);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->trouble, "spending_limit");
  EXPECT_TRUE(refused->each_time);
  EXPECT_NE(refused->text.find("tomorrow"), std::string::npos);
  EXPECT_EQ(http.requests.size(), asked) << "nothing is asked that nobody pays for";
  pass(std::chrono::hours(24));
  EXPECT_TRUE(ask(*bot)->trouble.empty());
}

TEST_F(ModelChainTest, AFreeModelAnswersWhereTheDearOneMayNot) {
  auto bot = brain(
      {{"price_input", "1"},
       {"price_output", "1"},
       {"daily_limit", "0.000001"},
       {"fallbacks", boost::json::array{model("two"), model("three", {{"price_input", "0"}, {"price_output", "0"}})}}});
  expect_answer_of("three", ask(*bot));
  EXPECT_EQ(http.asked("one") + http.asked("two"), 0U) << "too dear, and without a price";
  auto unpriced = ask(*brain({{"daily_limit", "1"}}));
  ASSERT_TRUE(unpriced);
  EXPECT_EQ(unpriced->trouble, "unknown_price");
}

TEST_F(ModelChainTest, NewerModelsKnowTheLimitByAnotherName) {
  int asked = 0;
  http.models["one"] = [&] {
    if (++asked == 1) {
      return Said{.status = 400, .body = R"({"error":{"message":"Unsupported parameter: 'max_tokens'"}})"};
    }
    return Said{.body = answer_of("one")};
  };
  expect_answer_of("one", ask(*brain({{"price_input", "1"}, {"price_output", "1"}, {"daily_limit", "1"}})));
  EXPECT_FALSE(http.last_body().contains("max_tokens"));
  EXPECT_TRUE(http.last_body().contains("max_completion_tokens"));
}

TEST_F(ModelChainTest, AnAnswerThatIsCancelledIsPaidAndHoldsNothing) {
  http.models["one"] = [] { return Said{.body = piece("some of it"), .end = End::silent}; };
  auto bot =
      brain({{"price_input", "1"}, {"price_output", "1"}, {"daily_limit", "1"}, {"fallbacks", boost::json::array()}});
  asio::cancellation_signal cancel;
  Question question;
  question.sender = "@anna:localhost";
  question.text = "hi";
  auto executor = io.at(0).get_executor();
  auto done = asio::co_spawn(executor, bot->answer(std::move(question), shown),
                             asio::bind_cancellation_slot(cancel.slot(), asio::use_future));
  EXPECT_TRUE(eventually([&] { return sum(shared().spending(), models::Scope::bot).reserved > 0; }));
  auto seen = [&]() -> asio::awaitable<bool> { co_return !shown.shown.empty(); };
  EXPECT_TRUE(eventually([&] { return wait(seen()); }));
  asio::post(executor, [&] { cancel.emit(asio::cancellation_type::terminal); });
  EXPECT_ANY_THROW((void)done.get());
  EXPECT_TRUE(eventually([&] { return sum(shared().spending(), models::Scope::bot).reserved == 0; }));
  EXPECT_GT(sum(shared().spending(), models::Scope::bot).spent, 0);
}

TEST(FallbackConfigTest, KeysAreBoundToTheirAddresses) {
  auto kind = openai_brain();
  auto config = [](std::string_view url, std::optional<std::string_view> key) {
    boost::json::object one{{"name", "b"}, {"base_url", url}, {"model", "m"}};
    if (key) one["api_key"] = *key;
    return boost::json::object{
        {"base_url", "http://a/v1"}, {"model", "m"}, {"fallbacks", boost::json::array{std::move(one)}}};
  };
  auto first = kind.prepare(config("http://b/v1/", "sk-b"), {});
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(boost::json::serialize(first->config).find("sk-b"), std::string::npos);
  EXPECT_EQ(first->config.at("fallbacks").at(0).at("api_key_set"), true);
  EXPECT_EQ(read_openai_config(first->config, first->secrets)->more.fallbacks.at(0).key, "sk-b");
  auto kept = kind.prepare(config("http://b/v2", std::nullopt), first->secrets);
  EXPECT_EQ(read_openai_config(kept->config, kept->secrets)->more.fallbacks.at(0).key, "sk-b");
  auto moved = kind.prepare(config("http://evil/v1", std::nullopt), first->secrets);
  EXPECT_EQ(read_openai_config(moved->config, moved->secrets)->more.fallbacks.at(0).key, "");
  EXPECT_FALSE(moved->secrets.contains("fallbacks"));
  auto removed = kind.prepare(config("http://b/v1", ""), first->secrets);
  EXPECT_EQ(read_openai_config(removed->config, removed->secrets)->more.fallbacks.at(0).key, "");
}

TEST(FallbackConfigTest, NamesWhatIsWrong) {
  auto kind = openai_brain();
  for (auto [more, pointer] : std::vector<std::pair<boost::json::object, std::string>>{
           {{{"fallbacks", 5}}, "/fallbacks"},
           {{{"fallbacks", boost::json::array{5}}}, "/fallbacks/0"},
           {{{"fallbacks", boost::json::array{{{"model", "m"}}}}}, "/fallbacks/0/base_url"},
           {{{"fallbacks", boost::json::array{{{"base_url", "http://b/v1"}}}}}, "/fallbacks/0/model"},
           {{{"fallbacks", boost::json::array{{{"base_url", "http://b/v1"}, {"model", "m"}, {"colour", 1}}}}},
            "/fallbacks/0/colour"},
           {{{"price_input", 0.15}}, "/price_input"},
           {{{"price_input", "1"}}, "/price_input"},
           {{{"daily_limit", "-1"}}, "/daily_limit"},
           {{{"first_token_ms", 5}}, "/first_token_ms"},
           {{{"server_models", "yes"}}, "/server_models"}}) {
    boost::json::object config{{"base_url", "http://a/v1"}, {"model", "m"}};
    for (auto& member : more) config[member.key()] = member.value();
    auto prepared = kind.prepare(std::move(config), {});
    ASSERT_FALSE(prepared) << pointer;
    EXPECT_EQ(prepared.error().members().at("errors").at(0).at("pointer").as_string(), pointer);
  }
}

TEST(OpenAiRequestTest, MembersOfTheBodyTakeThePlaceOfWhatTheRestWouldMake) {
  OpenAiConfig config;
  config.base_url = "http://one/v1";
  config.model = "m";
  OpenAiRequest request;
  request.members = {{"messages", {{{"role", "system"}, {"content", "rules"}}}},
                     {"response_format", {{"type", "json_schema"}}},
                     {"model", "another"}};
  const auto body = boost::json::parse(chat_request(config, request).body).as_object();
  EXPECT_EQ(body.at("model"), "m");
  EXPECT_EQ(body.at("messages").as_array().size(), 1U);
  EXPECT_EQ(body.at("response_format").at("type"), "json_schema");
  EXPECT_EQ(body.at("stream"), true);
}

}  // namespace
}  // namespace troupe::fleet::brains
