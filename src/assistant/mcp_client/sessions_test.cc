// MCP servers that forget their sessions, and servers that talk more than they are asked.
#include "assistant/mcp_client/servers_fixture.h"

namespace troupe::assistant::mcp_client {
namespace {

using namespace testing_servers;

TEST_F(ServersTest, ThatForgetASessionAreGreetedAgain) {
  int life = 1;
  http.stream = [&](const ClientRequest& request, const auto&) -> Result<ClientResponse> {
    if (request.method != "POST") return status(405);
    const auto current = "session-" + std::to_string(life);
    const auto message = parsed(request.body).get_object();
    const auto method = matrix::find_string(message, "method");
    if (method == "tools/call" && life == 1) {
      life = 2;
      return status(404);
    }
    if (method != "initialize" && method != "server/discover" && header(request, "Mcp-Session-Id") != current)
      return status(404);
    return over_http(request, current);
  };
  const auto got = call("echo", R"({"message":"hello"})");
  ASSERT_FALSE(got.broken) << got.broken->message();
  EXPECT_EQ(got.response.status, 200);
  EXPECT_EQ(count("tools/call"), 1U) << "only the second one reached the tool";
  EXPECT_EQ(count("initialize"), 2U);
}

TEST_F(ServersTest, ThatForgetEverySessionAreNotAskedForEver) {
  http.stream = [&](const ClientRequest& request, const auto&) -> Result<ClientResponse> {
    if (request.method != "POST") return status(405);
    if (matrix::find_string(parsed(request.body).get_object(), "method") == "tools/call") return status(404);
    return over_http(request, "s");
  };
  EXPECT_EQ(call("echo", R"({"message":"hello"})").response.status, 404);
  EXPECT_EQ(count("initialize"), 2U);
}

TEST_F(ServersTest, AreNotSentTwiceWhatWritesWhateverTheySayOfTheSession) {
  std::string refusal;
  int code = 404, writes = 0;
  http.stream = [&](const ClientRequest& request, const auto&) -> Result<ClientResponse> {
    if (request.method != "POST") return status(405);
    if (matrix::find_string(parsed(request.body).get_object(), "method") != "tools/call")
      return over_http(request, "s");
    ++writes;  // it does it, and denies it
    return status(code, refusal);
  };
  auto got = call("write");
  EXPECT_EQ(writes, 1);
  EXPECT_EQ(got.response.status, 404);
  EXPECT_THAT(got.response.body, HasSubstr("look whether it was done"));
  code = 400;
  refusal = R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"No valid session"}})";
  got = call("write");
  EXPECT_EQ(writes, 2);
  EXPECT_EQ(got.response.status, 400);
  EXPECT_EQ(count("initialize"), 2U) << "the next one began anew";
}

TEST_F(ServersTest, ThatForgetASessionInTheMiddleOfTwoCallsAreGreetedOnce) {
  serve_http("s1");
  ASSERT_FALSE(call("echo", R"({"message":"first"})").broken);
  const auto is = [](const ClientRequest& request, std::string_view method) {
    return request.method == "POST" &&
           matrix::find_string(parsed(request.body).get_object(), "method").value_or("") == method;
  };
  std::atomic<int> lost{0};
  std::atomic<bool> greeting{false}, second{false};
  http.stream = [&](const ClientRequest& request, const auto&) -> Result<ClientResponse> {
    if (header(request, "Mcp-Session-Id") != "s1") {
      if (is(request, "notifications/initialized")) greeting = true;
      return over_http(request, "s2");
    }
    if (is(request, "tools/call")) ++lost;
    return status(404);
  };
  // The other one hears that the session is gone while the new one is being made.
  http.holds = [&](const ClientRequest& request) {
    if (is(request, "notifications/initialized")) return !second;
    if (header(request, "Mcp-Session-Id") != "s1" || !is(request, "tools/call")) return false;
    if (lost < 2) return true;
    if (!request.body.contains("slow")) return false;
    if (greeting) second = true;
    return !greeting;
  };
  calls::Arrived one;
  std::thread beside([&] { one = call("echo", R"({"message":"quick"})"); });
  const auto other = call("echo", R"({"message":"slow"})");
  beside.join();
  for (const auto* each : std::initializer_list<const calls::Arrived*>{&one, &other}) {
    ASSERT_FALSE(each->broken) << each->broken->message();
    EXPECT_EQ(each->response.status, 200);
  }
  EXPECT_EQ(count("initialize"), 2U);
}

TEST_F(ServersTest, ThatAreBeingGreetedAreLeftWhenTheProgramStops) {
  std::atomic<bool> there{false}, stopped{false};
  serve_http("s");
  http.holds = [&](const ClientRequest& request) {
    if (!request.body.contains("notifications/initialized")) return false;
    there = true;
    return !stopped;
  };
  calls::Arrived got;
  std::thread beside([&] { got = call("echo", R"({"message":"hello"})"); });
  while (!there) std::this_thread::yield();
  ASSERT_TRUE(run(hub().stop()));
  stopped = true;
  beside.join();
  ASSERT_TRUE(got.broken);
  EXPECT_FALSE(got.sent);
}

TEST_F(ServersTest, ThatAskWithoutEndAreAnsweredWithinBounds) {
  constexpr int kMany = 500;
  std::atomic<int> answered{0};
  std::atomic<bool> over{false};
  http.stream = [&](const ClientRequest& request, const auto& receive) -> Result<ClientResponse> {
    if (request.body.contains("\"result\":{}")) ++answered;
    if (!request.body.contains("tools/call")) return over_http(request, {});
    for (int i = 0; i < kMany; ++i)
      receive({.event = "message", .data = R"({"jsonrpc":"2.0","id":"p","method":"ping"})", .id = {}});
    receive({.event = "message",
             .data = boost::json::serialize(*server.answer(parsed(request.body).get_object())),
             .id = {}});
    return events("");
  };
  http.holds = [&](const ClientRequest& request) { return request.body.contains("\"result\":{}") && !over; };
  EXPECT_EQ(call("echo", R"({"message":"hello"})").response.status, 200);
  over = true;
  ASSERT_TRUE(run(hub().stop()));
  EXPECT_GT(answered, 0);
  EXPECT_LT(answered, 50);
}

TEST_F(ServersTest, AreHeardWithinBoundsAlsoWhenTheySayNothing) {
  std::size_t bytes = 0;
  http.stream = [&](const ClientRequest& request, const auto&) {
    bytes = std::max(bytes, request.max_stream_bytes);
    return over_http(request, "s");
  };
  call("echo", R"({"message":"hello"})");
  EXPECT_LE(bytes, std::size_t{16} << 20);
}

TEST_F(ServersTest, ThatAnswerAnswersAreNotTalkedToWithoutEnd) {
  std::atomic<int> answered{0};
  const auto ping = [](const auto& receive) {
    receive({.event = "message", .data = R"({"jsonrpc":"2.0","id":"p","method":"ping"})", .id = {}});
  };
  http.stream = [&](const ClientRequest& request, const auto& receive) -> Result<ClientResponse> {
    if (request.body.contains("\"result\":{}")) {
      ++answered;
      ping(receive);
      return events("");
    }
    if (request.body.contains("tools/call")) ping(receive);
    return over_http(request, "s");
  };
  EXPECT_EQ(call("echo", R"({"message":"hello"})").response.status, 200);
  ASSERT_TRUE(run(hub().stop()));
  EXPECT_EQ(answered, 1);
}

}  // namespace
}  // namespace troupe::assistant::mcp_client
