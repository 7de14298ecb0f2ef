// A bot's log, usage, restart and connection test over /api/v1.
#include "console/console_fixture.h"

namespace troupe::console {
namespace {

class BotWatchTest : public ConsoleTest {
 protected:
  BotWatchTest() {
    api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
    api("POST", "/api/v1/bots/echo/start");
  }
  /// The log, once it holds so many lines.
  Answer log(std::size_t lines, const std::string& query = "") {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      auto answer = api("GET", "/api/v1/bots/echo/logs" + query);
      EXPECT_EQ(answer.status, 200) << answer.text;
      if (answer.status != 200 || answer["/items"].as_array().size() >= lines) return answer;
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the log stays short: " + answer.text);
      std::this_thread::yield();
    }
  }
};

/// Ends a stream at its first event of a name.
class Waiter : public net::http::BodyWriter {
 public:
  explicit Waiter(std::string name) : mark_("event: " + name + "\n") {}
  Task<Unit> write(std::string piece) override {
    text += piece;
    if (text.find(mark_) != text.npos) co_return Error(Errc::unavailable, "gone");
    co_return Unit{};
  }
  std::string text;

 private:
  std::string mark_;
};

TEST_F(BotWatchTest, TheLogIsReadInPagesAndFollowed) {
  auto all = log(1);
  const auto last = boost::json::value_to<std::int64_t>(all["/next_after"]);
  EXPECT_EQ(all["/items/0/source"], "lifecycle");
  EXPECT_EQ(log(0, "?search=no-such-words")["/items"].as_array().size(), 0U);
  EXPECT_EQ(log(0, "?after=" + std::to_string(last + 1000))["/items"].as_array().size(), 0U);
  for (const char* bad : {"?after=x", "?after=-1", "?limit=0", "?limit=1001"})
    EXPECT_EQ(api("GET", std::string("/api/v1/bots/echo/logs") + bad).status, 400) << bad;
  EXPECT_EQ(api("GET", "/api/v1/bots/nobody/logs").status, 404);
  auto member = sign_in("anna", "anna-password");
  EXPECT_EQ(call("GET", "/api/v1/bots/echo/logs", "", {member}).status, 403) << "a log may quote what people wrote";

  auto live = raw("GET", "/api/v1/bots/echo/logs/live?after=0", "", {{"X-API-Key", "the-api-token"}});
  ASSERT_EQ(live.status, 200);
  Waiter line("line");
  EXPECT_FALSE(wait(live.stream(line)));
  EXPECT_NE(line.text.find(R"("source":"lifecycle")"), std::string::npos) << line.text;
  EXPECT_EQ(api("GET", "/api/v1/bots/echo/logs/live?after=x").status, 400);
}

TEST_F(BotWatchTest, UsageIsCountedByTheHour) {
  auto anna = sign_in("anna", "anna-password");
  EXPECT_EQ(call("POST", "/api/v1/bots/echo/chat", R"({"text":"hi"})", {anna}).status, 200);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    auto usage = api("GET", "/api/v1/bots/echo/usage?hours=2");
    ASSERT_EQ(usage.status, 200) << usage.text;
    const auto& items = usage["/items"].as_array();
    if (!items.empty() && items.back().at("answered") == 1) break;
    ASSERT_LT(std::chrono::steady_clock::now(), until) << usage.text;
    std::this_thread::yield();
  }
  EXPECT_EQ(api("GET", "/api/v1/bots/echo/usage?hours=0").status, 400);
}

TEST_F(BotWatchTest, ABotIsStartedAnewAndSaysWhatRunsIt) {
  auto again = api("POST", "/api/v1/bots/echo/restart");
  EXPECT_EQ(again.status, 200) << again.text;
  EXPECT_EQ(again["/state"], "running");
  EXPECT_EQ(again["/driver"], "in_process");
  EXPECT_EQ(again["/backoff/crash_loop"], false);
  auto set = api("PATCH", "/api/v1/bots/echo", R"({"restart":{"policy":"never","max_restarts":3,"window_s":60}})");
  EXPECT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(set["/restart/policy"], "never");
  EXPECT_EQ(set["/restart/max_restarts"], 3);
  EXPECT_EQ(
      api("PATCH", "/api/v1/bots/echo", R"({"restart":{"policy":"often","max_restarts":3,"window_s":60}})").status,
      400);
  auto member = sign_in("anna", "anna-password");
  EXPECT_EQ(call("POST", "/api/v1/bots/echo/restart", "", {member}).status, 403);
}

TEST_F(BotWatchTest, ABrainsConfigurationIsTried) {
  auto echo = api("POST", "/api/v1/brains/echo/test", R"({"config":{}})");
  EXPECT_EQ(echo.status, 200) << echo.text;
  EXPECT_EQ(echo["/ok"], true);
  EXPECT_EQ(api("POST", "/api/v1/brains/echo/test", R"({"config":{"no_such":1}})").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/brains/nothing/test", R"({"config":{}})").status, 404);
  EXPECT_EQ(api("POST", "/api/v1/brains/echo/test", R"({})").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/brains/echo/test", R"({"config":{},"bot_id":"nobody"})").status, 404);
}

}  // namespace
}  // namespace troupe::console
