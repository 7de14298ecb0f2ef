// Servers over HTTP as it was before Streamable HTTP: one stream of events, and an address for messages.
#include "assistant/mcp_client/standing_fixture.h"

namespace troupe::assistant::mcp_client {
namespace {

using namespace testing_servers;

class OldHttpTest : public ServersTest {
 protected:
  OldHttpTest() {
    server.version = "2024-11-05";
    server.capabilities = parsed(R"({"tools":{"listChanged":true}})").get_object();
    web.stream = [](const ClientRequest&, const auto&) {
      return ClientResponse{.status = 405, .headers = {}, .body = {}};
    };
    web.answer = [this](const ClientRequest& request) -> Result<ClientResponse> {
      posted.push_back(request);
      const auto message = parsed(request.body).get_object();
      if (matrix::find_string(message, "method") == "tools/call" && refuse != 0)
        return ClientResponse{.status = refuse, .headers = {}, .body = {}};
      const auto answer = server.answer(message);
      if (cuts && server.methods.back() == "tools/call") {
        web.cut = true;
        return ClientResponse{.status = 202, .headers = {}, .body = {}};
      }
      if (answer && !(silent && server.methods.back() == "tools/call")) web.say(boost::json::serialize(*answer));
      return ClientResponse{.status = 202, .headers = {}, .body = "Accepted"};
    };
  }
  calls::Arrived call(const std::string& name, std::string_view arguments = "{}",
                      std::chrono::milliseconds patience = 60s) {
    auto wanted = tool(name, arguments);
    wanted.patience = patience;
    return wait(old.call(std::move(wanted)));
  }
  void offer(const std::string& address = "/messages?session=1", const std::string& event = "endpoint") {
    web.say(address, {}, event);
  }

  StandingHttp web;
  std::vector<ClientRequest> posted;  ///< looked at when nothing is under way
  std::atomic<int> refuse{0};         ///< with this status, calls
  std::atomic<bool> silent{false};    ///< calls are not answered
  std::atomic<bool> cuts{false};      ///< the same, and the stream ends
  Hub old{Means{.http = web, .folders = {}, .version = "1"}};
};

TEST_F(OldHttpTest, IsTriedLastAndSpokenByTheStream) {
  offer();
  const auto got = call("echo", R"({"message":"hello"})");
  ASSERT_FALSE(got.broken) << got.broken->message();
  EXPECT_EQ(got.response.body, R"({"message":"hello"})");
  EXPECT_THAT(server.methods, ElementsAre("initialize", "notifications/initialized", "tools/list", "tools/call"));
  ASSERT_EQ(web.asked().size(), 1U);
  const auto stream = web.asked()[0];
  EXPECT_EQ(stream.url, "https://ev.example/mcp");
  EXPECT_EQ(stream.headers.get("Accept"), "text/event-stream");
  EXPECT_EQ(stream.headers.get("Authorization"), "Bearer canary-4711");
  EXPECT_EQ(stream.trust, net::client::Trust::untrusted);
  for (const auto& each : posted) {
    EXPECT_EQ(each.url, "https://ev.example/messages?session=1");
    EXPECT_EQ(each.headers.get("Authorization"), "Bearer canary-4711");
    EXPECT_EQ(each.headers.get("MCP-Protocol-Version"), "");
    EXPECT_EQ(each.trust, net::client::Trust::untrusted);
    EXPECT_EQ(each.max_redirects, 0);
  }
  ASSERT_FALSE(call("echo", R"({"message":"again"})").broken);
  EXPECT_EQ(count("initialize"), 1U);
  web.say(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  EXPECT_TRUE(eventually([this] { return old.take_changed().contains("1/ev"); }));
  must(old.sweep({Hub::key_of(service())}));
  EXPECT_EQ(web.open, 1);
  ASSERT_TRUE(run(old.stop()));
  EXPECT_TRUE(eventually([this] { return web.open == 0; })) << "it ends with the server";
}

TEST_F(OldHttpTest, SendsMessagesNowhereElse) {
  for (const auto* elsewhere : {"https://thief.example/messages", "http://ev.example/messages",
                                "https://ev.example:8443/messages", "//thief.example/messages", "ftp://ev.example/"}) {
    offer(elsewhere);
    const auto got = call("write");
    EXPECT_EQ(got.response.status, 405) << elsewhere << ": what the server said to a message";
    EXPECT_TRUE(posted.empty()) << elsewhere;
    EXPECT_TRUE(eventually([this] { return web.open == 0; }));
  }
  offer("/messages", "message");
  call("write");
  EXPECT_TRUE(posted.empty()) << "the address comes first";
  EXPECT_THAT(server.methods, IsEmpty());
}

TEST_F(OldHttpTest, WhoseStreamIsLostMayHaveDoneIt) {
  offer();
  ASSERT_FALSE(call("echo", R"({"message":"a"})").broken);
  cuts = true;
  const auto got = call("write");
  ASSERT_TRUE(got.broken);
  EXPECT_TRUE(got.sent);
  web.cut = false;
  cuts = false;
  offer();
  const auto next = call("echo", R"({"message":"b"})");
  ASSERT_FALSE(next.broken) << next.broken->message();
  EXPECT_EQ(count("initialize"), 2U) << "another stream was opened";
}

TEST_F(OldHttpTest, ThatDoesNotAnswerInTimeMayHaveDoneIt) {
  offer();
  ASSERT_FALSE(call("echo", R"({"message":"a"})").broken);
  silent = true;
  const auto got = call("write", "{}", 50ms);
  ASSERT_TRUE(got.broken);
  EXPECT_TRUE(got.sent);
  EXPECT_EQ(got.broken->code(), Errc::timed_out);
  silent = false;
  refuse = 404;
  EXPECT_EQ(call("write").response.status, 404);
  ASSERT_TRUE(run(old.stop()));
}

}  // namespace
}  // namespace troupe::assistant::mcp_client
