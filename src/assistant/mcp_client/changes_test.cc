// What servers say without being asked: streams of both eras over HTTP, subscriptions of programs.
#include "assistant/mcp_client/standing_fixture.h"

namespace troupe::assistant::mcp_client {
namespace {

using namespace testing_servers;

constexpr const char* kChanged = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";
constexpr ChangeStream::Pauses kQuick{.first = 1ms, .longest = 5ms, .lived_long = 1h};

class ChangesTest : public ServersTest {
 protected:
  ChangesTest() {
    server.capabilities = parsed(R"({"tools":{"listChanged":true}})").get_object();
    web.stream = [this](const ClientRequest& request, const auto&) { return over_http(request, "session-1"); };
  }
  calls::Arrived call(const std::string& name, std::string_view arguments = "{}") {
    return wait(heard.call(tool(name, arguments)));
  }
  bool hears() {
    return eventually([this] { return web.open == 1; });
  }
  bool is_told() {
    return eventually([this] { return heard.take_changed().contains("1/ev"); });
  }

  StandingHttp web;
  Hub heard{Means{.http = web, .folders = {}, .version = "1", .pauses = kQuick}};
};

TEST_F(ChangesTest, ComeByAStandingGetOfTheSession) {
  ASSERT_FALSE(call("echo", R"({"message":"a"})").broken);
  ASSERT_TRUE(hears());
  const auto asked = web.asked().at(0);
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.url, "https://ev.example/mcp");
  EXPECT_EQ(asked.headers.get("Accept"), "text/event-stream");
  EXPECT_EQ(asked.headers.get("Mcp-Session-Id"), "session-1");
  EXPECT_EQ(asked.headers.get("MCP-Protocol-Version"), "2025-11-25");
  EXPECT_EQ(asked.headers.get("Authorization"), "Bearer canary-4711");
  EXPECT_EQ(asked.headers.get("Mcp-Method"), "");
  EXPECT_EQ(asked.trust, net::client::Trust::untrusted);
  EXPECT_EQ(asked.max_redirects, 0);
  EXPECT_LE(asked.max_body_bytes, kMaxStreamEventBytes);
  // Nothing is held up by it, and no second one is opened.
  ASSERT_FALSE(call("echo", R"({"message":"b"})").broken);
  web.say("no message");
  web.say(R"({"jsonrpc":"2.0","method":"notifications/progress"})");
  web.say(kChanged);
  ASSERT_TRUE(is_told());
  ASSERT_FALSE(call("echo", R"({"message":"c"})").broken);
  ASSERT_TRUE(run(heard.stop()));
  EXPECT_EQ(count("tools/list"), 2U) << "what it said of its tools is looked at before the next call";
  EXPECT_EQ(count("initialize"), 1U);
  EXPECT_EQ(web.asked().size(), 1U);
}

TEST_F(ChangesTest, ComeByASubscriptionSince2026) {
  server.modern = true;
  ASSERT_FALSE(call("echo", R"({"message":"a"})").broken);
  ASSERT_TRUE(hears());
  const auto asked = web.asked().at(0);
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(asked.headers.get("Mcp-Method"), "subscriptions/listen");
  EXPECT_EQ(asked.headers.get("Mcp-Name"), "");
  EXPECT_EQ(asked.headers.get("Mcp-Param-Message"), "");
  EXPECT_EQ(asked.headers.get("MCP-Protocol-Version"), "2026-07-28");
  const auto message = parsed(asked.body).get_object();
  const auto* params = matrix::find_object(message, "params");
  ASSERT_NE(params, nullptr);
  EXPECT_EQ(boost::json::serialize(*matrix::find_object(*params, "notifications")), R"({"toolsListChanged":true})");
  EXPECT_EQ(matrix::find_string(*matrix::find_object(*params, "_meta"), "io.modelcontextprotocol/protocolVersion"),
            "2026-07-28");
  web.say(R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{}})");
  web.say(kChanged);
  EXPECT_TRUE(is_told());
}

TEST_F(ChangesTest, AreAskedForOfThoseAloneThatSayThem) {
  server.capabilities = parsed(R"({"tools":{}})").get_object();
  ASSERT_FALSE(call("echo", R"({"message":"a"})").broken);
  ASSERT_FALSE(call("echo", R"({"message":"b"})").broken);
  ASSERT_TRUE(run(heard.stop()));
  EXPECT_THAT(web.asked(), IsEmpty());
}

TEST_F(ChangesTest, HoldUpNoEndOfTheServer) {
  ASSERT_FALSE(call("echo", R"({"message":"a"})").broken);
  ASSERT_TRUE(hears());
  must(heard.sweep({Hub::key_of(service())}));
  EXPECT_EQ(web.open, 1) << "it is in use, and heard";
  must(heard.sweep({}));
  EXPECT_TRUE(eventually([this] { return web.open == 0; })) << "nobody uses it any more";
  ASSERT_FALSE(call("echo", R"({"message":"a"})").broken);
  ASSERT_TRUE(hears());
  ASSERT_TRUE(run(heard.stop()));
  EXPECT_TRUE(eventually([this] { return web.open == 0; }));
}

TEST_F(ChangesTest, WhoseStreamIsCutAreHeardAgainAndLookedAt) {
  ASSERT_FALSE(call("echo", R"({"message":"a"})").broken);
  ASSERT_TRUE(hears());
  heard.take_changed();
  web.say(R"({"jsonrpc":"2.0","method":"notifications/progress"})", "event-7");
  web.cut = true;
  EXPECT_TRUE(eventually([this] { return web.asked().size() > 1; }));
  web.cut = false;
  EXPECT_TRUE(is_told()) << "what was said meanwhile nobody heard";
  EXPECT_EQ(web.asked().at(1).headers.get("Last-Event-ID"), "event-7");
}

TEST_F(ChangesTest, OfProgramsComeByThemselvesOrByASubscription) {
  server.modern = true;
  std::atomic<bool> subscribed = false;
  FakePrograms programs([&](int socket, int) {
    each_line(socket, [&](const std::string& line) {
      const auto message = parsed(line).get_object();
      if (matrix::find_string(message, "method") == "subscriptions/listen") {
        subscribed = line.contains(R"("toolsListChanged":true)");
        send_line(socket, kChanged);
        return true;
      }
      if (const auto answer = server.answer(message)) send_line(socket, boost::json::serialize(*answer));
      return true;
    });
  });
  const auto of = service(R"({"transport":"stdio","command":"server"})");
  hub(&programs);
  ASSERT_FALSE(ServersTest::call(tool("write", "{}", of)).broken);
  EXPECT_TRUE(eventually([&] { return hub().take_changed().contains("1/ev"); }));
  EXPECT_TRUE(subscribed);
  ASSERT_FALSE(ServersTest::call(tool("write", "{}", of)).broken);
  ASSERT_TRUE(run(hub().stop()));
  programs.join();
}

/// One stream by itself, on a thread that ends when nothing is left to do.
class ChangeStreamTest : public ServersTest {
 protected:
  std::shared_ptr<ChangeStream> stream(ChangeStream::Pauses pauses = kQuick) {
    link = std::make_shared<HttpLink>(web, service(), [this](const std::string&) { ++told; });
    auto order = [](const net::http::Headers& headers) {
      return Asked{.method = "subscriptions/listen", .params = {}, .headers = headers, .most_bytes = kMaxStreamBytes};
    };
    return std::make_shared<ChangeStream>(link, std::move(order), [this] { ++missed; }, pauses);
  }
  static net::http::Headers with(const std::string& key) {
    net::http::Headers out;
    out.set("Authorization", "Bearer " + key);
    return out;
  }
  void use(const std::shared_ptr<ChangeStream>& it, const std::string& key = "k") {
    it->use(io.get_executor(), with(key));
    io.restart();
    io.run();
  }

  asio::io_context io;
  StandingHttp web;
  std::shared_ptr<HttpLink> link;
  int told = 0, missed = 0;
};

TEST_F(ChangeStreamTest, IsNotAskedForAgainWhereThereIsNone) {
  for (const int none : {405, 404, 400, 406, 501}) {
    web.status = none;
    const auto before = web.asked().size();
    const auto it = stream();
    use(it);
    EXPECT_FALSE(it->goes_on());
    use(it);
    EXPECT_EQ(web.asked().size(), before + 1) << none;
  }
}

TEST_F(ChangeStreamTest, ThatIsRefusedWaitsForAnotherCredential) {
  web.status = 401;
  auto pauses = kQuick;
  pauses.longest = 0ms;
  const auto it = stream(pauses);
  use(it, "old");
  EXPECT_EQ(web.asked().size(), 1U);
  use(it, "new");
  ASSERT_EQ(web.asked().size(), 2U);
  EXPECT_EQ(web.asked()[1].headers.get("Authorization"), "Bearer new");
}

TEST_F(ChangeStreamTest, ThatComesToNothingIsGivenUpUntilTheServerIsUsed) {
  for (const int later : {503, 429, 409}) {
    web.status = later;
    const auto before = web.asked().size();
    auto pauses = kQuick;
    const auto it = stream(pauses);
    use(it);
    EXPECT_FALSE(it->goes_on());
    EXPECT_EQ(web.asked().size(), before + 10) << later;
  }
  web.status = 200;
  web.cut = true;
  auto pauses = kQuick;
  pauses.longest = 1h;  // nobody uses it again before
  pauses.first = 0ms;
  const auto it = stream(pauses);
  const auto before = web.asked().size();
  use(it);
  EXPECT_EQ(web.asked().size(), before + 10);
  use(it);
  EXPECT_EQ(web.asked().size(), before + 10);
}

TEST_F(ChangeStreamTest, OfAServerThatTalksWithoutEndEnds) {
  const std::string much(60'000, 'x');
  for (int i = 0; i < 30; ++i) web.say(much);
  web.say(kChanged);
  web.cut = true;  // the next ones end at once
  const auto it = stream();
  use(it);
  EXPECT_EQ(told, 0) << "it was ended before";
}

TEST_F(ChangeStreamTest, AnswersNoMoreThanAFewAtATime) {
  std::atomic<int> answers = 0;
  web.stream = [&](const ClientRequest&, const auto&) -> Result<ClientResponse> {
    ++answers;
    return ClientResponse{.status = 202, .headers = {}, .body = {}};
  };
  for (int i = 0; i < 500; ++i) web.say(R"({"jsonrpc":"2.0","id":"p","method":"ping"})");
  web.cut = true;
  web.hang = true;  // answers are on their way until all was asked
  asio::steady_timer later(io, 20ms);
  later.async_wait([this](boost::system::error_code) { web.hang = false; });
  use(stream());
  EXPECT_GT(answers, 0);
  EXPECT_LE(answers, 16);
}

TEST_F(ChangeStreamTest, IsNotFollowedToOtherHosts) {
  kit::FakeHttp leading;
  leading.stream = [](const ClientRequest&, const auto&) -> Result<ClientResponse> {
    ClientResponse out{.status = 307, .headers = {}, .body = {}};
    out.headers.add("Location", "https://thief.example/mcp");
    return out;
  };
  link = std::make_shared<HttpLink>(leading, service(), [](const std::string&) {});
  auto order = [](const net::http::Headers& headers) { return Asked{.method = "x", .params = {}, .headers = headers}; };
  const auto it = std::make_shared<ChangeStream>(link, std::move(order), [] {}, kQuick);
  use(it);
  ASSERT_FALSE(leading.requests.empty());
  for (const auto& each : leading.requests) EXPECT_EQ(each.url, "https://ev.example/mcp");
}

}  // namespace
}  // namespace troupe::assistant::mcp_client
