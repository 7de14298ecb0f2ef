// The tools of MCP servers as operations: their names, what they take, what their hints are worth.
#include "assistant/packs/tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assistant/packs/pack.h"
#include "assistant/schema/validator.h"
#include "kit/task_runner.h"

namespace troupe::assistant::packs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

matrix::JsonArray list(std::string_view text) { return kit::must(matrix::parse_json(text)).get_array(); }

struct Read {
  std::vector<ToolOperation> tools;
  std::string findings;

  const ToolOperation* find(std::string_view name) const {
    for (const auto& each : tools) {
      if (each.operation.name == name) return &each;
    }
    return nullptr;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& each : tools) out.push_back(each.operation.name);
    return out;
  }
};

std::string words_of(const report::Findings& findings) {
  std::string out;
  for (const auto& each : findings.sorted()) out += each.file + each.pointer + " " + each.message + "\n";
  return out;
}

Read read(std::string_view text, bool believe = true) {
  report::Findings findings;
  Read out;
  out.tools = read_tools("ev", list(text), believe, report::InFile(findings, "tools/list"));
  out.findings = words_of(findings);
  return out;
}

TEST(Tools, HaveNamesOfOperations) {
  const auto made = read(R"([
    {"name":"getTinyImage","inputSchema":{"type":"object"}},
    {"name":"get.tiny-image","inputSchema":{"type":"object"}},
    {"name":"数","inputSchema":{"type":"object"}},
    {"name":"echo","title":"Echo","description":"Says it again","inputSchema":{"type":"object"}},
    {"name":"echo","inputSchema":{"type":"object"}}])");
  EXPECT_THAT(made.names(), SizeIs(4));
  ASSERT_NE(made.find("get_tiny_image"), nullptr);
  EXPECT_EQ(made.find("get_tiny_image")->tool.name, "get.tiny-image") << "in the order of the names, not of the list";
  ASSERT_NE(made.find("get_tiny_image_2"), nullptr);
  EXPECT_EQ(made.find("get_tiny_image_2")->tool.name, "getTinyImage");
  EXPECT_EQ(made.find("echo")->operation.description, "Echo\nSays it again");
  EXPECT_THAT(made.findings, HasSubstr("another one has its name"));
}

TEST(Tools, WriteAndDestroyUnlessTheySayOtherwise) {
  constexpr std::string_view kAll = R"([
    {"name":"unsaid","inputSchema":{"type":"object"}},
    {"name":"reads","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}},
    {"name":"adds","inputSchema":{"type":"object"},"annotations":{"destructiveHint":false}},
    {"name":"odd","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":"yes"}}])";
  const auto believed = read(kAll);
  const auto is = [](const Read& made, std::string_view name, bool writes, bool destroys) {
    const auto* found = made.find(name);
    return found != nullptr && found->operation.writes == writes && found->operation.destructive == destroys;
  };
  EXPECT_TRUE(is(believed, "unsaid", true, true));
  EXPECT_TRUE(is(believed, "reads", false, false));
  EXPECT_TRUE(is(believed, "adds", true, false));
  EXPECT_TRUE(is(believed, "odd", true, true));
  const auto doubted = read(kAll, false);
  EXPECT_TRUE(is(doubted, "reads", true, true));
  EXPECT_TRUE(is(doubted, "adds", true, true));
}

TEST(Tools, TakeWhatTheirSchemaSays) {
  const auto made = read(R"([{"name":"add","inputSchema":{"type":"object","required":["at"],
    "properties":{"at":{"$ref":"#/$defs/place"},"more":{"type":"integer","default":3}},
    "$defs":{"place":{"type":"object","required":["x"],"properties":{"x":{"type":"number"}}}}}}])");
  ASSERT_THAT(made.tools, SizeIs(1));
  const auto& schema = made.tools.front().operation.arguments;
  const auto fits = [&](std::string_view text) {
    return schema::validate(schema, kit::must(matrix::parse_json(text)).get_object()).empty();
  };
  EXPECT_TRUE(fits(R"({"at":{"x":1.5}})"));
  EXPECT_FALSE(fits(R"({"at":{}})"));
  EXPECT_FALSE(fits(R"({"at":{"x":1},"other":true})")) << "what it does not name it does not take";
}

TEST(Tools, ThatCannotBeOfferedAreLeftOut) {
  std::string large = R"({"type":"object","properties":{"a":{"enum":[0)";
  for (int i = 1; i < 1'500; ++i) large += "," + std::to_string(i);
  large += "]}}}";
  const auto made = read(R"([7, {"name":""}, {"name":"no schema"}, {"name":"a list","inputSchema":{"type":"array"}},
    {"name":"large","inputSchema":)" +
                         large + R"(},
    {"name":"good","inputSchema":{"type":"object"}}])");
  EXPECT_THAT(made.names(), ElementsAre("good"));
  EXPECT_THAT(made.findings, HasSubstr("it does not say what it takes"));
  EXPECT_THAT(made.findings, HasSubstr("at too much length"));
}

TEST(Tools, WithHeadersThatCannotBeAreLeftOut) {
  const auto with = [](std::string_view properties) {
    return read(R"([{"name":"t","inputSchema":{"type":"object","properties":)" + std::string(properties) + "}}]");
  };
  const auto good = with(R"({"region":{"type":"string","x-mcp-header":"Region"},
                             "at":{"type":"object","properties":{"level":{"type":"integer","x-mcp-header":"Level"}}}})");
  ASSERT_THAT(good.tools, SizeIs(1));
  const auto& headers = good.tools.front().tool.headers;
  ASSERT_THAT(headers, SizeIs(2));
  EXPECT_EQ(headers[0].pointer + " " + headers[0].name, "/region Region");
  EXPECT_EQ(headers[1].pointer + " " + headers[1].name, "/at/level Level");
  EXPECT_THAT(with(R"({"a":{"type":"string","x-mcp-header":"X\r\nHost"}})").tools, IsEmpty());
  EXPECT_THAT(with(R"({"a":{"type":"string","x-mcp-header":""}})").tools, IsEmpty());
  EXPECT_THAT(with(R"({"a":{"type":"object","x-mcp-header":"A"}})").tools, IsEmpty());
  EXPECT_THAT(with(R"({"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}})").tools, IsEmpty());
  EXPECT_THAT(with(R"({"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}})").tools,
              IsEmpty());
}

TEST(Tools, AreOthersWhenAnythingOfThemIs) {
  const auto digest = [](std::string_view text) {
    return digest_of_tool(kit::must(matrix::parse_json(text)).get_object());
  };
  const auto one = digest(R"({"name":"a","description":"b","inputSchema":{"type":"object","properties":{}}})");
  EXPECT_EQ(one,
            digest(R"({"inputSchema":{"properties":{},"type":"object"},"description":"b","name":"a","icons":[]})"));
  EXPECT_NE(one, digest(R"({"name":"a","description":"c","inputSchema":{"type":"object","properties":{}}})"));
  EXPECT_NE(one, digest(R"({"name":"a","description":"b","inputSchema":{"type":"object"}})"));
  EXPECT_NE(one, digest(R"({"name":"a","description":"b","inputSchema":{"type":"object","properties":{}},
                            "annotations":{"readOnlyHint":true}})"));
}

TEST(Tools, MakeAPackAsItsConfigWantsThem) {
  const auto tools = list(R"([
    {"name":"look","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}},
    {"name":"drop","inputSchema":{"type":"object"}},
    {"name":"note","inputSchema":{"type":"object","properties":{"text":{"type":"string"}}}}])");
  const auto pack = [&](const std::string& more, const matrix::JsonArray* with) {
    return read_pack(
        {{"config.json", R"({"service":"ev","mcp":{"transport":"http","url":"https://a.example/mcp"})" + more + "}"},
         {"workflows.json", R"({"look_twice":[{"action":"ev.look"},{"action":"ev.look"}],
                                             "gone":[{"action":"ev.nowhere"}]})"}},
        with);
  };
  const auto unknown = pack("", nullptr);
  ASSERT_TRUE(unknown.pack) << words_of(unknown.findings);
  EXPECT_THAT(unknown.pack->operations, IsEmpty());
  const auto known = pack(R"(,"operations":{"note":{"approval":false}},"offer":"all")", &tools);
  ASSERT_TRUE(known.pack) << words_of(known.findings);
  EXPECT_FALSE(known.pack->find("look")->operation.writes);
  EXPECT_TRUE(known.pack->find("drop")->approval);
  EXPECT_FALSE(known.pack->find("note")->approval) << "as config.json says";
  EXPECT_TRUE(known.pack->find("note")->operation.writes);
  EXPECT_EQ(known.pack->find("note")->tool->name, "note");
  EXPECT_TRUE(known.pack->workflow("look_twice"));
  EXPECT_FALSE(known.pack->workflows.contains("gone")) << "it alone is left out";
  EXPECT_THAT(words_of(known.findings), HasSubstr("it is left out"));
  const auto listed = pack(R"(,"operations":{"look":{},"other":{}})", &tools);
  ASSERT_TRUE(listed.pack) << words_of(listed.findings);
  EXPECT_THAT(listed.pack->operations, SizeIs(1));
  EXPECT_THAT(words_of(listed.findings), HasSubstr("no tool of this name"));
}

TEST(Tools, OfAProgramHaveItsEnvironment) {
  const auto read_config = [](const std::string& mcp) {
    return read_pack({{"config.json", R"({"service":"ev","mcp":)" + mcp + "}"}});
  };
  const auto good =
      read_config(R"({"transport":"stdio","command":"server","env":{"TOKEN":"{key}"},"sandbox":true,"hints":false})");
  ASSERT_TRUE(good.pack) << words_of(good.findings);
  EXPECT_EQ(good.pack->config.mcp->environment.at("TOKEN"), "{key}");
  EXPECT_TRUE(good.pack->config.mcp->sandbox);
  EXPECT_FALSE(good.pack->config.mcp->hints);
  EXPECT_FALSE(read_config(R"({"transport":"stdio","command":"server","env":{"LD_PRELOAD":"/tmp/x.so"}})").pack);
  EXPECT_FALSE(read_config(R"({"transport":"stdio","command":"server","env":{"A=B":"c"}})").pack);
  EXPECT_THAT(words_of(good.findings), Not(HasSubstr("error")));
}

}  // namespace
}  // namespace troupe::assistant::packs
