#include "base/encoding.h"
#include "fleet/fleet_fixture.h"

namespace troupe::fleet::brains {
namespace {

class WebhookTest : public FleetTest {
 protected:
  static net::client::ClientResponse json(std::string body, int status = 200) {
    net::client::ClientResponse response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
  }
};

TEST_F(WebhookTest, PostsASignedQuestionAndSaysTheAnswer) {
  http.answer = [](const net::client::ClientRequest&) { return json(R"({"text":"pong","html":"<b>pong</b>"})"); };
  begin();
  service::NewBot wanted;
  wanted.bot_id = "hook";
  wanted.brain_kind = "webhook";
  wanted.brain_config = {{"url", "http://127.0.0.1:9/hook"}, {"retries", 0}};
  auto made = must(bots->create(1, wanted, {"t"}));
  ASSERT_TRUE(made.generated_secret);
  EXPECT_EQ(made.bot.bot.brain_config.at("secret_set"), true);
  EXPECT_FALSE(made.bot.bot.brain_config.contains("secret"));
  must(bots->start(1, "hook", {"t"}));
  auto room = room_of({anna}, {"@bot_hook:localhost"});
  auto question = homeserver->say(room, anna, "ping");
  ASSERT_TRUE(settled("hook", 1));
  auto said = homeserver->messages("@bot_hook:localhost");
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].body, "pong");
  EXPECT_EQ(said[0].content.at("formatted_body"), "<b>pong</b>");

  ASSERT_EQ(http.requests.size(), 1U);
  const auto& request = http.requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.trust, net::client::Trust::configured);
  auto body = boost::json::parse(request.body).as_object();
  EXPECT_EQ(body.at("bot"), "hook");
  EXPECT_EQ(body.at("room"), boost::json::value(room));
  EXPECT_EQ(body.at("event"), boost::json::value(question));
  EXPECT_EQ(body.at("sender"), boost::json::value(anna));
  EXPECT_EQ(body.at("text"), "ping");
  auto timestamp = std::string(request.headers.get("X-Troupe-Timestamp"));
  auto expected = base::hmac_sha256(*made.generated_secret, timestamp + "." + request.body);
  EXPECT_EQ(request.headers.get("X-Troupe-Signature"), "sha256=" + base::hex(base::as_bytes(expected)));
  EXPECT_FALSE(request.headers.get("Idempotency-Key").empty());
}

TEST_F(WebhookTest, SilenceIsAnAnswer) {
  begin();
  auto bot = add_running_bot("hook", "webhook", {{"url", "https://example.org/x"}});
  auto room = room_of({anna}, {bot});
  const std::string answers[] = {"", R"({})", R"({"text":""})", R"({"text":null})"};
  std::int64_t turns = 0;
  for (const auto& answer : answers) {
    http.answer = [&](const net::client::ClientRequest&) { return json(answer, answer.empty() ? 204 : 200); };
    homeserver->say(room, anna, "ping");
    ASSERT_TRUE(settled("hook", ++turns)) << answer;
  }
  EXPECT_TRUE(homeserver->messages(bot).empty());
  EXPECT_EQ(view("hook").bot.answered, turns);
}

TEST_F(WebhookTest, BadAnswersAreFailures) {
  begin();
  auto bot = add_running_bot("hook", "webhook", {{"url", "https://example.org/x"}, {"retries", 0}});
  auto room = room_of({anna}, {bot});
  const std::pair<std::string, int> answers[] = {
      {"oops", 200}, {R"([1])", 200}, {R"({"text":5})", 200}, {R"({"text":"x"})", 500}, {"{}", 302}, {R"({"a":)", 200}};
  std::int64_t turns = 0;
  for (const auto& [body, status] : answers) {
    http.answer = [&, body = body, status = status](const net::client::ClientRequest&) { return json(body, status); };
    homeserver->say(room, anna, "ping");
    ASSERT_TRUE(settled("hook", ++turns)) << body;
  }
  EXPECT_EQ(view("hook").bot.failed, turns);
  EXPECT_EQ(homeserver->messages(bot).size(), 1U);
}

TEST_F(WebhookTest, ConfigsAreChecked) {
  auto kind = webhook_brain();
  const boost::json::object bad[] = {
      {},
      {{"url", 7}},
      {{"url", "ftp://x"}},
      {{"url", "http://"}},
      {{"url", "http:///x"}},
      {{"url", "http://user:pw@host/"}},
      {{"url", "http://host/ x"}},
      {{"url", "http://host"}, {"timeout_ms", 5}},
      {{"url", "http://host"}, {"timeout_ms", "5000"}},
      {{"url", "http://host"}, {"secret", "short"}},
      {{"url", "http://host"}, {"respond", "never"}},
      {{"url", "http://host"}, {"reply_as", 1}},
      {{"url", "http://host"}, {"other", 1}},
  };
  for (const auto& config : bad) EXPECT_FALSE(kind.prepare(config, {})) << boost::json::serialize(config);
  auto kept = kind.prepare({{"url", "http://host"}}, {{"secret", "0123456789abcdef"}});
  ASSERT_TRUE(kept);
  EXPECT_FALSE(kept->generated_secret);
  EXPECT_EQ(kept->secrets.at("secret"), "0123456789abcdef");
}

TEST_F(WebhookTest, ItsHtmlIsSanitisedLikeAnyOther) {
  begin();
  auto bot = add_running_bot("hook", "webhook", {{"url", "https://example.org/x"}});
  auto room = room_of({anna}, {bot});
  http.answer = [](const net::client::ClientRequest&) {
    return json(
        R"({"text":"x","html":"<b onclick=\"x()\">bold</b><script>alert(1)</script><a href=\"javascript:x\">y</a>"})");
  };
  homeserver->say(room, anna, "ping");
  ASSERT_TRUE(settled("hook", 1));
  EXPECT_EQ(homeserver->messages(bot).back().content.at("formatted_body"), "<b>bold</b><a>y</a>");
  http.answer = [](const net::client::ClientRequest&) {
    return json(R"({"html":"<p>only</p><p>html &amp; more</p>"})");
  };
  homeserver->say(room, anna, "ping");
  ASSERT_TRUE(settled("hook", 2));
  EXPECT_EQ(homeserver->messages(bot).back().body, "only\nhtml & more") << "for clients without HTML";
  EXPECT_EQ(homeserver->messages(bot).back().content.at("formatted_body"), "<p>only</p><p>html &amp; more</p>");
}

TEST_F(WebhookTest, TheConnectionTestIsGreenOnlyWhereSomethingTakesQuestions) {
  using Verdict = BrainTest::Verdict;
  auto kind = webhook_brain();
  auto prepared = kind.prepare({{"url", "http://host/hook"}}, {});
  ASSERT_TRUE(prepared);
  auto verdict = [&](int status) {
    http.answer = [status](const net::client::ClientRequest&) { return net::client::ClientResponse{status, {}, ""}; };
    return must(kind.test({.http = http, .clock = clock}, prepared->config, prepared->secrets)).verdict;
  };
  for (int status : {200, 204, 405}) EXPECT_EQ(verdict(status), Verdict::good) << status;
  for (int status : {401, 404, 500, 501}) EXPECT_EQ(verdict(status), Verdict::unsure) << status;
  for (int status : {502, 503, 504}) EXPECT_EQ(verdict(status), Verdict::bad) << status;
  http.answer = {};
  auto away = must(kind.test({.http = http, .clock = clock}, prepared->config, prepared->secrets));
  EXPECT_EQ(away.verdict, Verdict::bad);
  EXPECT_EQ(away.summary, "Nothing answers at this address.");
}

}  // namespace
}  // namespace troupe::fleet::brains
