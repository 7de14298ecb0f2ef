#include "assistant/planner/task_spec.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "assistant/planner/catalogue.h"
#include "assistant/planner/leaves.h"

namespace troupe::assistant::planner {
namespace {

TEST(TaskSpecTest, IsWrittenAndReadAsTheSeedHasIt) {
  const std::string text =
      R"({"service":"companycam","intent":"add_project_conversation","inputs":{"project_hint":{"name":"Bell","address":"4 Oak"},"message":"done","extra":{"a":1}}})";
  const auto spec = read_task_spec(boost::json::parse(text)).value();
  EXPECT_EQ(spec.service, "companycam");
  EXPECT_EQ(boost::json::serialize(to_json(spec)), text);
}

TEST(TaskSpecTest, WhatIsNoTaskIsRefused) {
  for (const auto* text :
       {"[]", "{}", R"({"service":"slack","intent":"x"})", R"({"service":"slack","intent":"x","inputs":[]})",
        R"({"service":"Slack","intent":"x","inputs":{}})", R"({"service":"slack","intent":"../x","inputs":{}})",
        R"({"service":1,"intent":"x","inputs":{}})", R"({"service":"slack","intent":"x","inputs":{},"more":1})"})
    EXPECT_FALSE(read_task_spec(boost::json::parse(text))) << text;
  const JsonObject large{{"service", "slack"}, {"intent", "x"}, {"inputs", {{"a", std::string(kMaxInputsBytes, 'a')}}}};
  EXPECT_EQ(read_task_spec(Json(large)).error().code(), base::Errc::too_large);
}

TEST(TaskSpecTest, WordsAreComparedWithoutCaseAndBlanks) {
  EXPECT_TRUE(stands_in("Ann  Lee", "for ann lee, please"));
  EXPECT_FALSE(stands_in("Ann Lee", "for Ann and Lee"));
  EXPECT_FALSE(stands_in("1", "lead 12"));
  EXPECT_TRUE(stands_in("12", "12, and 1234"));
}

TEST(LeavesTest, ReadsTypesAndPlaces) {
  const auto schema = boost::json::parse(R"({"type":"object","required":["a"],"properties":{
      "a":{"type":"object","required":["n"],"properties":{"n":{"$ref":"#/$defs/N"},"when":{"type":["string","null"],"format":"date"}}},
      "k":{"type":"string","enum":["One","Two"]},"l":{"type":"array","items":{"type":"string"}},"o":{"type":"array","items":{"type":"object"}}},
      "$defs":{"N":{"type":"integer"}}})");
  const auto leaves = leaves_of(schema.get_object());
  ASSERT_EQ(leaves.size(), 5U);
  EXPECT_EQ(leaves[0].pointer, "/a/n");
  EXPECT_TRUE(leaves[0].required && leaves[0].integer);
  EXPECT_TRUE(leaves[1].text && !leaves[1].required);
  EXPECT_EQ(as_value(leaves[0], " 12 "), Json(12));
  EXPECT_FALSE(as_value(leaves[0], "12a"));
  EXPECT_EQ(as_value(leaves[2], "two"), Json("Two"));
  EXPECT_FALSE(as_value(leaves[2], "three"));
  EXPECT_EQ(as_value(leaves[3], "a, b"), Json(JsonArray{"a", "b"}));
  EXPECT_TRUE(leaves[4].whole);
  EXPECT_FALSE(as_value(leaves[4], "a"));
}

TEST(LeavesTest, SchemasThatReferToThemselvesEnd) {
  const auto schema = boost::json::parse(
      R"({"$ref":"#/$defs/T","$defs":{"T":{"type":"object","properties":{"x":{"$ref":"#/$defs/T"},"y":{"$ref":"#/$defs/L"}}},"L":{"$ref":"#/$defs/L"}}})");
  EXPECT_LE(leaves_of(schema.get_object()).size(), kMaxLeaves);
}

TEST(LeavesTest, ValuesArePutAndTaken) {
  JsonObject inputs;
  put(inputs, "/a/b~1c", 1);
  put(inputs, "/l", JsonArray{"x"});
  EXPECT_EQ(boost::json::serialize(inputs), R"({"a":{"b/c":1},"l":["x"]})");
  EXPECT_EQ(*value_at(inputs, "/l/0"), Json("x"));
  EXPECT_EQ(value_at(inputs, "/l/1"), nullptr);
  EXPECT_EQ(value_at(inputs, "/a/b~1c/d"), nullptr);
  take(inputs, "/a/b~1c");
  EXPECT_EQ(boost::json::serialize(inputs), R"({"l":["x"]})");
}

}  // namespace
}  // namespace troupe::assistant::planner
