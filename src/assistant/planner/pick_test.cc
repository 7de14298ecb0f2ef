// Operations whose names have no verb, as tools of MCP servers often have none.
#include "assistant/planner/pick.h"

#include <gtest/gtest.h>

#include "assistant/router/shipped.h"
#include "kit/task_runner.h"

namespace troupe::assistant::planner {
namespace {

/// A service of an MCP server that offers these tools.
struct Tools {
  explicit Tools(std::string_view list) {
    const auto tools = kit::must(matrix::parse_json(list)).get_array();
    const auto checked = packs::read_pack(
        {{"config.json", R"({"service":"ev","mcp":{"transport":"http","url":"https://a.example/mcp"}})"}}, &tools);
    const packs::Pack* pack = &checked.pack.value();
    catalogue.emplace(std::vector{pack});
    picker.emplace(router, *catalogue);
  }
  std::string best(std::string_view text) const {
    const auto ranked = picker->rank("ev", text, {});
    if (ranked.empty() || ranked[0].score < Picker::kLeast) return "?";
    const auto lead = ranked.size() > 1 ? ranked[0].score - ranked[1].score : ranked[0].score;
    return lead < (ranked[0].intent->writes ? Picker::kLeadToWrite : Picker::kLeadToRead) ? "?"
                                                                                          : ranked[0].intent->name;
  }
  router::Router router =
      router::router_of({.services = {{.service = "ev", .synonyms = {}, .examples = {}}}, .background = {}});
  std::optional<Catalogue> catalogue;
  std::optional<Picker> picker;
};

TEST(PickTest, AnOperationWithoutAVerbIsCalledByItsName) {
  const Tools tools(
      R"([{"name":"echo","inputSchema":{"type":"object"}},{"name":"get_sum","inputSchema":{"type":"object"}},
                        {"name":"weather_report","inputSchema":{"type":"object"}}])");
  EXPECT_EQ(tools.best(R"(echo "a sentence")"), "echo");
  EXPECT_EQ(tools.best("weather report for Chicago"), "weather_report");
  EXPECT_EQ(tools.best("a report about Chicago"), "?") << "half of a name is none";
  EXPECT_EQ(tools.best("do something"), "?");
}

}  // namespace
}  // namespace troupe::assistant::planner
