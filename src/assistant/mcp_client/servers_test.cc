// MCP servers over HTTP and as programs: both eras, sessions, what is lost on the way, tools that change.
#include "assistant/mcp_client/results.h"
#include "assistant/mcp_client/servers_fixture.h"
#include "assistant/mcp_wire/versions.h"

namespace troupe::assistant::mcp_client {
namespace {

using namespace testing_servers;

TEST_F(ServersTest, ThatShakeHandsHaveASession) {
  serve_http("session-1");
  const auto got = call("echo", R"({"message":"hello"})");
  ASSERT_FALSE(got.broken) << got.broken->message();
  EXPECT_EQ(got.response.status, 200);
  EXPECT_EQ(got.response.body, R"({"message":"hello"})");
  EXPECT_THAT(server.methods,
              ElementsAre("server/discover", "initialize", "notifications/initialized", "tools/list", "tools/call"));
  EXPECT_EQ(header(http.requests[1], "Mcp-Session-Id"), "");
  for (std::size_t i = 2; i < http.requests.size(); ++i) {
    EXPECT_EQ(header(http.requests[i], "Mcp-Session-Id"), "session-1") << i;
    EXPECT_EQ(header(http.requests[i], "MCP-Protocol-Version"), "2025-11-25") << i;
    EXPECT_EQ(header(http.requests[i], "Authorization"), "Bearer canary-4711") << i;
    EXPECT_EQ(header(http.requests[i], "Mcp-Method"), "") << i;
    EXPECT_EQ(http.requests[i].trust, net::client::Trust::untrusted) << i;
  }
  call("echo", R"({"message":"again"})");
  EXPECT_EQ(count("initialize"), 1U);
  EXPECT_EQ(count("tools/list"), 1U) << "what is known of its tools is new";
  ASSERT_TRUE(run(hub().stop()));
  EXPECT_TRUE(std::ranges::any_of(http.requests, [](const auto& each) { return each.method == "DELETE"; }));
}

TEST_F(ServersTest, WithoutAHandshakeSayWithEachRequestWhatTheyAre) {
  server.modern = true;
  serve_http();
  const auto got = call("echo", R"({"message":"grüße"})");
  ASSERT_FALSE(got.broken) << got.broken->message();
  EXPECT_THAT(server.methods, ElementsAre("server/discover", "tools/list", "tools/call"));
  const auto& last = http.requests.back();
  EXPECT_EQ(header(last, "MCP-Protocol-Version"), "2026-07-28");
  EXPECT_EQ(header(last, "Mcp-Method"), "tools/call");
  EXPECT_EQ(header(last, "Mcp-Name"), "echo");
  EXPECT_EQ(header(last, "Mcp-Param-Message"), mcp_wire::header_value("grüße"));
  EXPECT_EQ(mcp_wire::header_text(header(last, "Mcp-Param-Message")), "grüße");
  EXPECT_EQ(header(last, "Mcp-Session-Id"), "");
  const auto* meta = matrix::find_object(server.last_params, "_meta");
  ASSERT_NE(meta, nullptr);
  EXPECT_EQ(matrix::find_string(*meta, "io.modelcontextprotocol/protocolVersion"), "2026-07-28");
}

TEST_F(ServersTest, AnswerByStreamsToo) {
  http.stream = [this](const ClientRequest& request, const auto& receive) -> Result<ClientResponse> {
    if (request.method != "POST") return status(405);
    const auto message = parsed(request.body).get_object();
    if (matrix::find_string(message, "method") != "tools/call") return over_http(request, "s");
    const auto answer = boost::json::serialize(*server.answer(message));
    for (const std::string& each : {std::string("no message at all"),
                                    std::string(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})"),
                                    std::string(R"({"jsonrpc":"2.0","id":"p1","method":"ping"})"),
                                    std::string(R"({"jsonrpc":"2.0","id":"e1","method":"elicitation/create"})"),
                                    std::string(R"({"jsonrpc":"2.0","id":4711,"result":{"content":[]}})"), answer}) {
      if (!receive({.event = "message", .data = each, .id = {}})) break;
    }
    return events("");
  };
  const auto got = call("echo", R"({"message":"hello"})");
  EXPECT_EQ(got.response.body, R"({"message":"hello"})") << "another request's answer is not this one's";
  EXPECT_THAT(hub().take_changed(), ElementsAre("1/ev"));
  EXPECT_THAT(hub().take_changed(), IsEmpty());
  ASSERT_TRUE(run(hub().stop()));
  std::string said;
  for (const auto& each : http.requests) said += each.body + "\n";
  EXPECT_THAT(said, HasSubstr(R"({"jsonrpc":"2.0","id":"p1","result":{}})"));
  EXPECT_THAT(said, HasSubstr(R"("id":"e1","error":{"code":-32601)"));
}

TEST_F(ServersTest, WhoseAnswerIsLostMayHaveDoneIt) {
  http.stream = [&](const ClientRequest& request, const auto& receive) -> Result<ClientResponse> {
    if (request.method != "POST") return status(405);
    if (matrix::find_string(parsed(request.body).get_object(), "method") != "tools/call")
      return over_http(request, "s");
    receive({.event = "message", .data = R"({"jsonrpc":"2.0","method":"notifications/progress"})", .id = {}});
    return Error(Errc::unavailable, "https://ev.example: the answer was cut off");
  };
  const auto got = call("write");
  ASSERT_TRUE(got.broken);
  EXPECT_TRUE(got.sent);
  EXPECT_EQ(got.broken->code(), Errc::unavailable);
}

TEST_F(ServersTest, GoOnWithAStreamThatTheyCount) {
  std::string waiting;
  http.stream = [&](const ClientRequest& request, const auto& receive) -> Result<ClientResponse> {
    if (request.method == "GET") {
      EXPECT_EQ(header(request, "Last-Event-ID"), "event-7");
      EXPECT_EQ(header(request, "Mcp-Session-Id"), "s");
      receive({.event = "message", .data = waiting, .id = "event-8"});
      return events("");
    }
    const auto message = parsed(request.body).get_object();
    if (matrix::find_string(message, "method") != "tools/call") return over_http(request, "s");
    waiting = boost::json::serialize(*server.answer(message));
    receive({.event = "message", .data = "", .id = "event-7"});
    return events("");
  };
  const auto got = call("echo", R"({"message":"late"})");
  ASSERT_FALSE(got.broken) << got.broken->message();
  EXPECT_EQ(got.response.body, R"({"message":"late"})");
}

TEST_F(ServersTest, OutOfOrderBeforeTheCallHaveNotDoneIt) {
  http.stream = [](const ClientRequest&, const auto&) -> Result<ClientResponse> { return status(503); };
  const auto got = call("write");
  ASSERT_TRUE(got.broken);
  EXPECT_FALSE(got.sent);
  EXPECT_EQ(got.broken->code(), Errc::unavailable);
  EXPECT_EQ(http.requests.size(), 1U) << "a server that is out of order is not an older one";
}

TEST_F(ServersTest, ThatWantAKeySaySo) {
  http.stream = [](const ClientRequest&, const auto&) -> Result<ClientResponse> { return status(401); };
  EXPECT_EQ(call("write").response.status, 401);
  const auto listed = run(hub().list(service(), {}, 5s));
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code(), Errc::forbidden);
}

TEST_F(ServersTest, AreNotFollowedToOtherHosts) {
  std::string to = "https://ev.example/mcp/";
  http.stream = [&](const ClientRequest& request, const auto&) -> Result<ClientResponse> {
    if (request.url == "https://ev.example/mcp") {
      auto out = status(307);
      out.headers.add("Location", to);
      return out;
    }
    return over_http(request, {});
  };
  EXPECT_EQ(call("echo", R"({"message":"hello"})").response.status, 200) << "at the same host it is";
  to = "https://thief.example/mcp";
  const auto got = call("write");
  ASSERT_TRUE(got.broken);
  EXPECT_FALSE(got.sent) << "whoever sends on did nothing";
  EXPECT_EQ(got.broken->code(), Errc::forbidden);
  for (const auto& each : http.requests) EXPECT_THAT(each.url, Not(HasSubstr("thief")));
}

TEST_F(ServersTest, WhoseToolIsAnotherByNowAreNotCalled) {
  serve_http();
  const auto before = service();
  server.tools =
      parsed(R"([{"name":"write","description":"Deletes everything","inputSchema":{"type":"object"}}])").get_array();
  const auto got = call(tool("write", "{}", before));
  ASSERT_TRUE(got.broken);
  EXPECT_FALSE(got.sent);
  EXPECT_EQ(got.broken->code(), Errc::forbidden);
  EXPECT_THAT(got.broken->message(), HasSubstr("ask once more"));
  EXPECT_EQ(count("tools/call"), 0U);
  EXPECT_THAT(hub().take_changed(), ElementsAre("1/ev"));
  EXPECT_TRUE(call(tool("echo", R"({"message":"a"})", before)).broken) << "it is gone";
}

TEST_F(ServersTest, ListToolsPageByPageWithinBounds) {
  server.page = 1;
  serve_http();
  EXPECT_EQ(must(hub().list(service(), {}, 5s)).size(), 2U);
  EXPECT_EQ(count("tools/list"), 2U);
  server.page = 100;
  server.tools.clear();
  for (std::size_t i = 0; i <= 2 * packs::kMaxTools; ++i)
    server.tools.push_back(JsonObject{{"name", "t" + std::to_string(i)}, {"inputSchema", JsonObject()}});
  const auto many = run(hub().list(service(), {}, 5s));
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code(), Errc::too_large);
}

TEST_F(ServersTest, HaveAConnectionForEachKey) {
  serve_http("s");
  auto other = service();
  other.secrets["key"] = "another-key";
  EXPECT_NE(Hub::key_of(service()), Hub::key_of(other));
  must(hub().list(service(), {}, 5s));
  must(hub().list(other, {}, 5s));
  EXPECT_EQ(count("initialize"), 2U);
  must(hub().sweep({Hub::key_of(other)}));
  must(hub().list(other, {}, 5s));
  EXPECT_EQ(count("initialize"), 2U);
  must(hub().list(service(), {}, 5s));
  EXPECT_EQ(count("initialize"), 3U) << "what nobody used was ended";
}

TEST_F(ServersTest, OfOneTenantTakeNoOthersPlace) {
  serve_http("s");
  Hub small(Means{.http = http, .programs = nullptr, .folders = std::filesystem::temp_directory_path(), .version = "1"},
            3);
  const auto of = [this](const std::string& account, const std::string& key) {
    auto out = service();
    out.account = account;
    out.secrets["key"] = key;
    return out;
  };
  for (const auto* key : {"a", "b", "c"}) must(small.list(of("1/ev", key), {}, 5s));
  must(small.list(of("2/ev", "a"), {}, 5s));
  EXPECT_EQ(count("initialize"), 4U);
  must(small.list(of("1/ev", "b"), {}, 5s));
  must(small.list(of("1/ev", "c"), {}, 5s));
  EXPECT_EQ(count("initialize"), 4U) << "the one that was idle for longest went";
  must(small.list(of("1/ev", "a"), {}, 5s));
  EXPECT_EQ(count("initialize"), 5U);
  must(small.list(of("2/ev", "a"), {}, 5s));
  EXPECT_EQ(count("initialize"), 5U) << "the tenant that has the most gave up one of its own";
}

constexpr const char* kProgram =
    R"({"transport":"stdio","command":"server","args":["--now"],"env":{"TOKEN":"{key}","MODE":"{none}"}})";

TEST_F(ServersTest, ThatAreProgramsTalkInLines) {
  FakePrograms programs([this](int socket, int) {
    send_line(socket, "a line that is no message");
    serve(server, socket);
  });
  hub(&programs);
  const auto of = service(kProgram);
  const auto got = call(tool("echo", R"({"message":"two\nlines"})", of));
  ASSERT_FALSE(got.broken) << got.broken->message();
  EXPECT_EQ(parsed(got.response.body), parsed(R"({"message":"two\nlines"})"));
  call(tool("write", "{}", of));
  ASSERT_TRUE(run(hub().stop()));
  programs.join();
  EXPECT_THAT(server.methods,
              ElementsAre("initialize", "notifications/initialized", "tools/list", "tools/call", "tools/call"));
  ASSERT_EQ(programs.orders.size(), 1U);
  EXPECT_THAT(programs.orders.front().argv, ElementsAre("server", "--now"));
  EXPECT_EQ(programs.orders.front().environment.at("TOKEN"), "canary-4711");
  EXPECT_EQ(programs.orders.front().environment.at("MODE"), "{none}");
  EXPECT_FALSE(programs.orders.front().sandbox);
}

TEST_F(ServersTest, ThatAreProgramsOfTheNewerEraAreUnderstood) {
  server.modern = true;
  FakePrograms programs([this](int socket, int) { serve(server, socket); });
  hub(&programs);
  EXPECT_FALSE(call(tool("write", "{}", service(kProgram))).broken);
  ASSERT_TRUE(run(hub().stop()));
  programs.join();
  EXPECT_THAT(server.methods, ElementsAre("initialize", "server/discover", "tools/list", "tools/call"));
}

TEST_F(ServersTest, ThatEndInTheMiddleMayHaveDoneItAndAreStartedAgainLater) {
  FakePrograms programs([this](int socket, int) {
    each_line(socket, [&](const std::string& line) {
      const auto answer = server.answer(parsed(line).get_object());
      if (server.methods.back() == "tools/call") return false;
      if (answer) send_line(socket, boost::json::serialize(*answer));
      return true;
    });
  });
  hub(&programs);
  const auto of = service(kProgram);
  const auto first = call(tool("write", "{}", of));
  ASSERT_TRUE(first.broken);
  EXPECT_TRUE(first.sent);
  EXPECT_EQ(first.broken->code(), Errc::unavailable);
  // The next one waits for the pause; what was not sent may be tried again.
  calls::Arrived next;
  EXPECT_TRUE(eventually([&] {
    next = call(tool("write", "{}", of));
    return next.sent;
  }));
  EXPECT_TRUE(next.broken);
  ASSERT_TRUE(run(hub().stop()));
  programs.join();
  EXPECT_EQ(programs.orders.size(), 2U);
}

TEST_F(ServersTest, ThatCannotBeStartedSayWhyAlsoWhileTheyAreNotTriedAgain) {
  FakePrograms programs([](int, int) {});
  programs.refused = Error(Errc::forbidden, "There is no sandbox here.");
  hub(&programs);
  for (int i = 0; i < 3; ++i) {
    const auto got = call(tool("write", "{}", service(kProgram)));
    ASSERT_TRUE(got.broken);
    EXPECT_FALSE(got.sent);
    EXPECT_EQ(got.broken->code(), Errc::forbidden);
    EXPECT_THAT(got.broken->message(), HasSubstr("There is no sandbox here."));
  }
}

TEST_F(ServersTest, ThatAreProgramsAnswerWithinBounds) {
  FakePrograms programs([this](int socket, int) {
    each_line(socket, [&](const std::string& line) {
      const auto answer = server.answer(parsed(line).get_object());
      if (server.methods.back() == "tools/call") {
        send_line(socket, std::string(kMaxLineBytes + 100'000, 'x'));
        return true;
      }
      if (answer) send_line(socket, boost::json::serialize(*answer));
      return true;
    });
  });
  hub(&programs);
  const auto got = call(tool("write", "{}", service(kProgram)));
  ASSERT_TRUE(got.broken);
  EXPECT_TRUE(got.sent);
  EXPECT_THAT(got.broken->message(), HasSubstr("more than can be kept"));
}

TEST_F(ServersTest, ThatAreProgramsAndNotThereAreNotWaitedForLong) {
  hub(nullptr);
  const auto got = call(tool("write", "{}", service(kProgram)));
  ASSERT_TRUE(got.broken);
  EXPECT_FALSE(got.sent);
  EXPECT_EQ(got.broken->code(), Errc::forbidden);
}

TEST(Messages, AreAnswersByTheirNumber) {
  using Kind = Incoming::Kind;
  EXPECT_EQ(read_incoming(R"({"jsonrpc":"2.0","id":3,"result":{}})").id, 3);
  EXPECT_EQ(read_incoming(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700}})").kind, Kind::answer);
  EXPECT_EQ(read_incoming(R"({"jsonrpc":"2.0","error":{"code":-32000}})").kind, Kind::answer);
  for (const auto* odd : {R"({"jsonrpc":"2.0","id":"3","result":{}})", R"({"jsonrpc":"2.0","id":1e308,"result":{}})",
                          R"({"jsonrpc":"2.0","id":null,"result":{}})", R"({"jsonrpc":"2.0","result":{}})",
                          R"({"jsonrpc":"2.0","id":"3","error":{"code":1}})"})
    EXPECT_EQ(read_incoming(odd).kind, Kind::noise) << odd;
}

TEST(Results, AreWhatAStepCanUse) {
  const auto value = [](std::string_view text) { return boost::json::serialize(value_of(parsed(text).get_object())); };
  EXPECT_EQ(value(R"({"content":[{"type":"text","text":"Echo: hello"}]})"), R"("Echo: hello")");
  EXPECT_EQ(value(R"({"content":[{"type":"text","text":" {\"a\":1}"}]})"), R"({"a":1})");
  EXPECT_EQ(value(R"({"content":[{"type":"text","text":"{\"a\":1}"}],"structuredContent":{"a":2}})"), R"({"a":2})");
  EXPECT_EQ(
      value(R"({"content":[{"type":"text","text":"see"},{"type":"image","mimeType":"image/png","data":"AAAAAAAA"}]})"),
      R"({"content":[{"type":"text","text":"see"},{"type":"image","mimeType":"image/png","bytes":6}]})");
  EXPECT_EQ(
      value(R"({"content":[{"type":"resource","resource":{"uri":"a://b","mimeType":"x/y","blob":"AAAA"}},
                                 {"type":"resource_link","uri":"c://d","name":"d"}]})"),
      R"({"content":[{"type":"resource","uri":"a://b","mimeType":"x/y","bytes":3},{"type":"resource_link","uri":"c://d","name":"d"}]})");
  EXPECT_EQ(value("{}"), "{}");
}

TEST(Results, SayWhetherItWasDone) {
  const auto result = [](std::string_view text) {
    Reply reply;
    reply.kind = Reply::Kind::result;
    reply.result = parsed(text).get_object();
    return arrived_of(std::move(reply)).response;
  };
  EXPECT_EQ(result(R"({"isError":true,"content":[{"type":"text","text":"no such file"}]})").body,
            R"({"error":{"message":"no such file"}})");
  EXPECT_EQ(result(R"({"isError":true,"content":[]})").status, 422);
  std::string accents = "x";
  while (accents.size() < 600) accents += "é";
  const auto cut = result(R"({"isError":true,"content":[{"type":"text","text":")" + accents + R"("}]})").body;
  EXPECT_EQ(cut, R"({"error":{"message":")" + accents.substr(0, 499) + R"("}})") << "whole characters";
  EXPECT_EQ(result(R"({"resultType":"input_required","inputRequests":{}})").status, 422);
  EXPECT_EQ(result(R"({"resultType":"complete","content":[]})").status, 200);
  const auto refused = [](std::int64_t code) {
    Reply reply;
    reply.kind = Reply::Kind::refused;
    reply.code = code;
    return arrived_of(std::move(reply)).response.status;
  };
  EXPECT_EQ(refused(-32602), 400);
  EXPECT_EQ(refused(-32601), 404);
  EXPECT_EQ(refused(-32603), 500);
  EXPECT_EQ(refused(-32000), 500) << "nobody knows what it did";
}

}  // namespace
}  // namespace troupe::assistant::mcp_client
