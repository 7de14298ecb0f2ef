// The executor's pure parts: what is chosen, what is known, who is next.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assistant/executor/choosing.h"
#include "assistant/executor/fair_queue.h"
#include "assistant/executor/known.h"

namespace troupe::assistant::executor {
namespace {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

workflows::Binding binding(const Json& value) { return workflows::parse_binding(value).value(); }

class ChoosingTest : public testing::Test {
 protected:
  ChoosingTest() {
    choice.id = "/id";
    choice.label = {"/name", "/address"};
    choice.match.emplace_back("/name", binding("inputs.name"));
    choice.match.emplace_back("/address", binding("inputs.address"));
  }
  Chosen chosen(const JsonArray& list, JsonObject wanted, bool careful = false) {
    const workflows::Values values{.inputs = &wanted};
    return choose(choice, values, list, careful);
  }
  static Json entry(std::string_view id, std::string_view name, std::string_view street = "") {
    JsonObject out{{"id", id}, {"name", name}};
    if (!street.empty()) out["address"] = JsonObject{{"street", street}, {"zip", 4'711}, {"empty", nullptr}};
    return out;
  }
  workflows::Choice choice;
};

TEST_F(ChoosingTest, TheWholeNameIsBetterThanAPart) {
  const JsonArray list{entry("1", "Smith roof"), entry("2", "SMITH"), entry("3", "Kelly")};
  const auto out = chosen(list, {{"name", " smith "}});
  ASSERT_EQ(out.state, Chosen::State::one);
  EXPECT_EQ(out.entry.at("id"), "2");
}

TEST_F(ChoosingTest, WhatFitsInMoreWaysIsBetter) {
  const JsonArray list{entry("1", "Smith", "1 Main St"), entry("2", "Smith", "2 Oak Ave")};
  EXPECT_EQ(chosen(list, {{"name", "Smith"}}).choices.size(), 2U);
  const auto out = chosen(list, {{"name", "Smith"}, {"address", "2 oak ave, 4711"}});
  ASSERT_EQ(out.state, Chosen::State::one);
  EXPECT_EQ(out.entry.at("id"), "2");
}

TEST_F(ChoosingTest, LabelsAreTexts) {
  const JsonArray list{entry("1", "Smith", "1 Main St"), entry("2", "Smith", "2 Oak Ave")};
  const auto out = chosen(list, {});
  ASSERT_EQ(out.state, Chosen::State::ask);
  EXPECT_EQ(out.choices[0].label, "Smith - 1 Main St, 4711");
}

TEST_F(ChoosingTest, TheOnlyOneIsItUnlessItIsAnotherAndSomethingIsWritten) {
  const JsonArray list{entry("1", "general")};
  EXPECT_EQ(chosen(list, {{"name", "random"}}).state, Chosen::State::one);
  EXPECT_EQ(chosen(list, {{"name", "random"}}, true).state, Chosen::State::ask);
  EXPECT_EQ(chosen(list, {}, true).state, Chosen::State::one);
  EXPECT_EQ(chosen({JsonObject{{"id", "1"}}}, {{"name", "random"}}, true).state, Chosen::State::one);
  EXPECT_EQ(chosen({}, {{"name", "random"}}).state, Chosen::State::none);
}

TEST_F(ChoosingTest, OfManyThatDoNotFitNoneIsOffered) {
  JsonArray list;
  for (int i = 0; i < 30; ++i) list.push_back(entry(std::to_string(i), "channel " + std::to_string(i)));
  EXPECT_EQ(chosen(list, {{"name", "random"}}).state, Chosen::State::none);
  list.resize(kMostOffered);
  EXPECT_EQ(chosen(list, {{"name", "random"}}).choices.size(), kMostOffered);
}

TEST_F(ChoosingTest, ChoicesHaveDifferentIds) {
  const JsonArray list{entry("1", "Smith"), entry("1", "Smith"), JsonObject{{"name", "Smith"}}, entry("2", "Smith")};
  EXPECT_EQ(chosen(list, {{"name", "Smith"}}).choices.size(), 2U);
  EXPECT_EQ(find_entry(choice, list, "2")->at("id"), "2");
  EXPECT_EQ(find_entry(choice, list, "3"), nullptr);
}

TEST(KnownTest, WhatComesLaterIsShownAsItsExpression) {
  const JsonObject inputs{{"a", "here"}}, kept{{"old", JsonObject{{"id", 7}}}};
  Known known;
  known.values = {.inputs = &inputs, .kept = &kept};
  known.open = {"later"};
  const auto is = [&](const Json& value) { return is_known(binding(value), known); };
  EXPECT_TRUE(is("inputs.a ?? $steps.later.id")) << "the first has a value";
  EXPECT_FALSE(is("inputs.b ?? $steps.later.id"));
  EXPECT_TRUE(is("$steps.old.id"));
  EXPECT_FALSE(is("$prev.later"));
  EXPECT_EQ(*shown(binding("inputs.b ?? $steps.later.id"), known), "inputs.b ?? $steps.later.id");
  EXPECT_EQ(*shown(binding(JsonObject{{"$text", "Hi {inputs.a} {$steps.later.name}"}}), known),
            "Hi here {$steps.later.name}");
  EXPECT_EQ(
      *shown(binding(JsonObject{{"x", "$steps.later"}, {"y", "inputs.none"}, {"z", JsonArray{"inputs.a"}}}), known),
      (JsonObject{{"x", "$steps.later"}, {"z", {"here"}}}));
}

TEST(FairQueueTest, PeopleTakeTurns) {
  FairQueue queue;
  const Person anna{1, 1}, ben{1, 2};
  for (const auto* id : {"a1", "a2", "a3"}) queue.push(anna, id);
  queue.push(ben, "b1");
  const auto any = [](const Person&) { return true; };
  EXPECT_EQ(queue.pop(any), "a1");
  EXPECT_EQ(queue.pop(any), "b1");
  EXPECT_EQ(queue.pop([&](const Person& who) { return who == ben; }), std::nullopt);
  EXPECT_EQ(queue.pop(any), "a2");
  EXPECT_EQ(queue.size(), 1U);
}

}  // namespace
}  // namespace troupe::assistant::executor
