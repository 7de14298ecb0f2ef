#include "assistant/mcp/protocol.h"

#include <gtest/gtest.h>

#include "assistant/mcp/request_state.h"
#include "assistant/mcp/tools.h"
#include "assistant/planner/planner_fixture.h"

namespace troupe::assistant::mcp {
namespace {

Message read(std::string_view body) {
  auto message = read_message(body);
  if (!message) throw std::runtime_error(message.error().message);
  return *std::move(message);
}
Code refused(std::string_view body) {
  const auto message = read_message(body);
  return message ? Code{} : message.error().code;
}
net::http::Headers headers(std::vector<std::pair<std::string, std::string>> of) {
  net::http::Headers out;
  for (auto& [name, value] : of) out.add(std::move(name), std::move(value));
  return out;
}
constexpr std::string_view kModernCall =
    R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"troupe.list_bots","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})";

TEST(McpMessage, IsARequestOrANotification) {
  const auto request = read(R"({"jsonrpc":"2.0","id":"a","method":"tools/list","params":{"cursor":"x"}})");
  EXPECT_EQ(request.method, "tools/list");
  EXPECT_EQ(request.id, Json("a"));
  EXPECT_FALSE(read(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").id);
}

TEST(McpMessage, RefusesWhatIsNone) {
  EXPECT_EQ(refused("{"), Code::parse_error);
  EXPECT_EQ(refused("[]"), Code::invalid_request);
  EXPECT_EQ(refused("7"), Code::invalid_request);
  EXPECT_EQ(refused(R"({"id":1,"method":"x"})"), Code::invalid_request);
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":null,"method":"x"})"), Code::invalid_request);
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":1.5,"method":"x"})"), Code::invalid_request);
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":1,"result":{}})"), Code::invalid_request);
  EXPECT_EQ(refused(R"({"jsonrpc":"2.0","id":1,"method":"x","params":[]})"), Code::invalid_params);
}

TEST(McpHeaders, WithAHandshakeTheVersionIsAllThatCounts) {
  auto message = read(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  EXPECT_FALSE(check_headers(message, headers({})));
  EXPECT_FALSE(message.modern);
  EXPECT_FALSE(check_headers(message, headers({{"MCP-Protocol-Version", "2025-06-18"}})));
  const auto wrong = check_headers(message, headers({{"MCP-Protocol-Version", "1999-01-01"}}));
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->code, Code::unsupported_version);
  EXPECT_EQ(refusal_of(&message, *wrong).status, 400);
}

TEST(McpHeaders, WithoutOneHeadersAndBodyAgree) {
  auto message = read(kModernCall);
  EXPECT_FALSE(check_headers(message, headers({{"MCP-Protocol-Version", "2026-07-28"},
                                               {"Mcp-Method", "tools/call"},
                                               {"Mcp-Name", "troupe.list_bots"}})));
  EXPECT_TRUE(message.modern);
  EXPECT_FALSE(check_headers(message, headers({{"Mcp-Name", "=?base64?dHJvdXBlLmxpc3RfYm90cw==?="}})));
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"MCP-Protocol-Version", "2025-06-18"}, {"Mcp-Method", "tools/list"}, {"Mcp-Name", "troupe.stop_bot"}}) {
    const auto wrong = check_headers(message, headers({{name, value}}));
    ASSERT_TRUE(wrong) << name;
    EXPECT_EQ(wrong->code, Code::header_mismatch) << name;
    EXPECT_EQ(refusal_of(&message, *wrong).status, 400);
  }
}

TEST(McpAnswers, TheModernEraHasStatusesAndSaysThatItIsComplete) {
  auto message = read(kModernCall);
  message.modern = true;
  EXPECT_EQ(result_of(message, {}).body, R"({"jsonrpc":"2.0","id":1,"result":{"resultType":"complete"}})");
  EXPECT_EQ(refusal_of(&message, {.code = Code::method_not_found, .message = "no"}).status, 404);
  message.modern = false;
  EXPECT_EQ(result_of(message, {}).body, R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_EQ(refusal_of(&message, {.code = Code::method_not_found, .message = "no"}).status, 200);
  EXPECT_EQ(refusal_of(nullptr, {.code = Code::parse_error, .message = "no"}).body,
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}})");
}

TEST(McpRequestState, IsForOnePersonAndToolAndAnHour) {
  base::ManualClock clock;
  const RequestStates states(clock);
  const auto text = states.seal({.task_id = "t1", .approval_id = "a1", .digest = "d"}, "7\nslack.send_message");
  const auto opened = states.open(text, "7\nslack.send_message");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->task_id, "t1");
  EXPECT_EQ(opened->approval_id, "a1");
  EXPECT_EQ(opened->digest, "d");
  EXPECT_FALSE(states.open(text, "8\nslack.send_message"));
  EXPECT_FALSE(states.open(text, "7\nslack.create_channel"));
  EXPECT_FALSE(states.open("x" + text, "7\nslack.send_message"));
  EXPECT_FALSE(states.open(text + "x", "7\nslack.send_message"));
  EXPECT_FALSE(states.open("", "7\nslack.send_message"));
  EXPECT_FALSE(RequestStates(clock).open(text, "7\nslack.send_message"));
  clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(states.open(text, "7\nslack.send_message"));
}

TEST(McpTools, AreTheIntentsOfServicesPageByPage) {
  const auto& catalogue = planner::ShippedPlanner::get().catalogue;
  std::set<std::string> seen;
  std::string cursor;
  std::size_t pages = 0;
  do {
    const auto page = page_of_tools(catalogue, {}, cursor);
    ASSERT_TRUE(page);
    EXPECT_LE(page->tools.size(), kToolsPerPage);
    for (const auto& each : page->tools) {
      const auto& tool = each.get_object();
      EXPECT_TRUE(seen.insert(std::string(*matrix::find_string(tool, "name"))).second);
      EXPECT_EQ(matrix::find_string(*matrix::find_object(tool, "inputSchema"), "type"), "object");
    }
    cursor = page->next;
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), catalogue.all().size() + 3);
  EXPECT_GT(pages, 1U);
  EXPECT_TRUE(seen.contains("slack.send_message"));
}

TEST(McpTools, OfSomeServicesAlone) {
  const auto page = page_of_tools(planner::ShippedPlanner::get().catalogue, {"troupe"}, {});
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->next.empty());
  for (const auto& each : page->tools) {
    const auto name = std::string(*matrix::find_string(each.get_object(), "name"));
    EXPECT_TRUE(name.starts_with("troupe.") || name.starts_with("assistant.")) << name;
  }
  EXPECT_FALSE(page_of_tools(planner::ShippedPlanner::get().catalogue, {}, "x"));
  EXPECT_FALSE(page_of_tools(planner::ShippedPlanner::get().catalogue, {}, "0"));
}

}  // namespace
}  // namespace troupe::assistant::mcp
