// Calls of tools of MCP servers: judged, written down and settled as all calls are.
#include "assistant/calls/tools.h"

#include "assistant/calls/calls_fixture.h"

namespace troupe::assistant::calls {
namespace {

using namespace testing_calls;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class FakeTools final : public Tools {
 public:
  std::vector<ToolCall> calls;
  std::deque<Arrived> answers;  ///< one after the other; the last stays
  Result<JsonArray> listed = JsonArray{};
  net::http::Headers list_headers;

  asio::awaitable<Arrived> call(ToolCall call) override {
    calls.push_back(std::move(call));
    auto out = answers.front();
    if (answers.size() > 1) answers.pop_front();
    co_return out;
  }
  Task<JsonArray> list(Service /*service*/, net::http::Headers headers,
                       std::chrono::milliseconds /*patience*/) override {
    list_headers = std::move(headers);
    co_return listed;
  }
};

Arrived answer(int status, std::string body) {
  return {.broken = {}, .sent = true, .response = json_answer(status, std::move(body))};
}
Arrived broken(bool sent) { return {.broken = Error(Errc::unavailable, "it is gone"), .sent = sent, .response = {}}; }

class ToolsTest : public CallsTest {
 protected:
  static Service server(const std::string& mcp = R"({"transport":"http","url":"https://ev.example/mcp"})") {
    const auto tools =
        parsed(R"([{"name":"Look.Up","inputSchema":{"type":"object","properties":{"q":{"type":"string"}}},
                                   "annotations":{"readOnlyHint":true}},
                                  {"name":"put","inputSchema":{"type":"object"}}])")
            .get_array();
    auto read = packs::read_pack(
        {{"config.json",
          R"({"service":"ev","auth":{"scheme":"bearer"},"headers":{"X-From":"here"},"mcp":)" + mcp + "}"}},
        &tools);
    if (!read.pack) throw std::runtime_error("the pack has errors");
    Service out{.pack = std::make_shared<packs::Pack>(*std::move(read.pack)),
                .base_url = {},
                .base_is_configured = false,
                .secrets = {{"key", "key-4711-canary"}},
                .account = "tenant/ev"};
    out.base_url = out.pack->base_url;
    return out;
  }
  Result<CallOutcome> tool(const std::string& name, std::string_view arguments = "{}", Service of = server()) {
    return wait(with_tools.call(std::move(of), name, object(arguments), context(), journal));
  }
  CallOptions tool_options() {
    auto out = options();
    out.tools = &tools;
    return out;
  }

  FakeTools tools;
  Caller with_tools{http, limits, tokens, files, clock, tool_options()};
};

TEST_F(ToolsTest, AreCalledByTheirOwnNameWithTheCredential) {
  tools.answers = {answer(200, R"({"found":["key-4711-canary"]})")};
  const auto done = kit::must(tool("look_up", R"({"q":"a thing"})"));
  EXPECT_EQ(done.state, CallState::done);
  EXPECT_EQ(boost::json::serialize(done.answer), R"({"found":["[redacted]"]})");
  ASSERT_THAT(tools.calls, SizeIs(1));
  EXPECT_EQ(tools.calls.front().tool.name, "Look.Up");
  EXPECT_FALSE(tools.calls.front().writes);
  EXPECT_EQ(tools.calls.front().headers.get("authorization"), "Bearer key-4711-canary");
  EXPECT_EQ(tools.calls.front().headers.get("x-from"), "here");
  EXPECT_THAT(journal.begun, SizeIs(1));
  EXPECT_EQ(journal.begun.front().url, "https://ev.example/mcp");
  EXPECT_EQ(journal.begun.front().body, R"({"name":"Look.Up","arguments":{"q":"a thing"}})");
  EXPECT_THAT(journal.all(), Not(HasSubstr("canary")));
  EXPECT_THAT(http.requests, testing::IsEmpty());
}

TEST_F(ToolsTest, ThatFailAreRefused) {
  tools.answers = {answer(422, R"({"error":{"message":"there is no such place"}})")};
  const auto failed = kit::must(tool("put"));
  EXPECT_EQ(failed.state, CallState::refused);
  EXPECT_EQ(failed.message, "there is no such place");
  EXPECT_EQ(failed.tries, 1);
}

TEST_F(ToolsTest, WhoseOutcomeNobodyKnowsAreNotCalledTwice) {
  for (const auto& each : {broken(true), answer(500, R"({"error":{"code":"-32603","message":"oh"}})")}) {
    tools.calls.clear();
    tools.answers = {each};
    const auto lost = kit::must(tool("put"));
    EXPECT_EQ(lost.state, CallState::unknown);
    EXPECT_THAT(tools.calls, SizeIs(1));
  }
  tools.calls.clear();
  tools.answers = {broken(true), answer(200, "7")};
  EXPECT_EQ(kit::must(tool("look_up")).state, CallState::done) << "a read is asked again";
  EXPECT_THAT(tools.calls, SizeIs(2));
}

TEST_F(ToolsTest, WhatNeverWentOutGoesAgain) {
  tools.answers = {broken(false), broken(false), answer(200, R"("done")")};
  const auto done = kit::must(tool("put"));
  EXPECT_EQ(done.state, CallState::done);
  EXPECT_EQ(done.answer, Json("done"));
  EXPECT_THAT(tools.calls, SizeIs(3));
}

TEST_F(ToolsTest, OfAnotherMakeAreRefused) {
  tools.answers = {
      {.broken = Error(Errc::forbidden, "its server has changed this tool"), .sent = false, .response = {}}};
  const auto refused = kit::must(tool("put"));
  EXPECT_EQ(refused.state, CallState::refused);
  EXPECT_EQ(refused.message, "its server has changed this tool");
}

TEST_F(ToolsTest, OfAProgramHaveNoAddress) {
  tools.answers = {answer(200, "{}")};
  EXPECT_EQ(kit::must(tool("put", "{}", server(R"({"transport":"stdio","command":"server"})"))).state, CallState::done);
  EXPECT_EQ(journal.begun.back().url, "stdio:ev");
}

TEST_F(ToolsTest, AreNotCalledWhereNobodyCallsThem) {
  const auto refused = wait(caller.call(server(), "put", {}, context(), journal));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
}

TEST_F(ToolsTest, AreListedWithTheCredentialAndShownWithout) {
  tools.listed = parsed(R"([{"name":"put","description":"for key-4711-canary"}])").get_array();
  const auto listed = kit::must(wait(with_tools.list_tools(server(), 5s)));
  EXPECT_EQ(tools.list_headers.get("authorization"), "Bearer key-4711-canary");
  EXPECT_THAT(boost::json::serialize(listed), Not(HasSubstr("canary")));
  tools.listed = Error(Errc::unavailable, "key-4711-canary is no key");
  const auto failed = wait(with_tools.list_tools(server(), 5s));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "[redacted] is no key");
}

}  // namespace
}  // namespace troupe::assistant::calls
