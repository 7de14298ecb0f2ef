// A plan is for the tools that it was made with.
#include "assistant/executor/tool_versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kit/task_runner.h"

namespace troupe::assistant::executor {
namespace {

services::Offer offer_of(const std::string& put) {
  const auto tools =
      kit::must(matrix::parse_json(R"([{"name":"look","inputSchema":{"type":"object"}},)" + put + "]")).get_array();
  auto read =
      packs::read_pack({{"config.json", R"({"service":"ev","mcp":{"transport":"http","url":"https://a.example/mcp"}})"},
                        {"workflows.json", R"({"both":[{"parallel":[{"action":"ev.look"},{"action":"ev.put"}]}]})"}},
                       &tools);
  if (!read.pack) throw std::runtime_error("the pack has errors");
  std::vector<services::InUse> in_use(1);
  in_use.front().service.pack = std::make_shared<packs::Pack>(*std::move(read.pack));
  return services::Offer(std::move(in_use));
}
const std::string kPut = R"({"name":"put","description":"Adds","inputSchema":{"type":"object"}})";

TEST(ToolVersions, AreThoseOfThePlan) {
  const auto offer = offer_of(kPut);
  const auto other = offer_of(R"({"name":"put","description":"Deletes","inputSchema":{"type":"object"}})");
  const auto without = offer_of(R"({"name":"add","inputSchema":{"type":"object"}})");
  for (const auto* intent : {"put", "both"}) {
    tasks::TaskSpec spec{.service = "ev", .intent = intent};
    spec.planning["origins"] = matrix::JsonArray();
    bind_tools(offer, spec);
    EXPECT_TRUE(spec.planning.contains("origins"));
    EXPECT_EQ(changed_tool(offer, spec), std::nullopt) << intent;
    spec.planning.clear();  // its conversation was deleted
    EXPECT_EQ(changed_tool(other, spec), "ev.put") << intent;
    EXPECT_EQ(changed_tool(without, spec), "ev.put") << intent;
  }
  tasks::TaskSpec look{.service = "ev", .intent = "look"};
  bind_tools(offer, look);
  EXPECT_EQ(changed_tool(other, look), std::nullopt) << "what it does not call may change";
}

TEST(ToolVersions, AreNotWantedOfOtherServices) {
  const auto offer = offer_of(kPut);
  tasks::TaskSpec spec{.service = "nobody", .intent = "put"};
  bind_tools(offer, spec);
  EXPECT_TRUE(spec.planning.empty());
  EXPECT_TRUE(spec.tools.empty());
  EXPECT_EQ(changed_tool(offer, spec), std::nullopt);
}

}  // namespace
}  // namespace troupe::assistant::executor
