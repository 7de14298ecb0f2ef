// Sentences over the shipped packs → the task or the question they become: tests/data/planner/sentences.jsonl.
#include <algorithm>
#include <fstream>

#include "assistant/planner/planner_fixture.h"

namespace troupe::assistant::planner {
namespace {

TEST(SentencesTest, BecomeTheirTasksAndQuestions) {
  std::ifstream in(TROUPE_ROUTER_DATA "../planner/sentences.jsonl");
  ASSERT_TRUE(in) << "tests/data/planner is not there";
  std::string line;
  std::size_t count = 0;
  while (std::getline(in, line)) {
    const auto row = boost::json::parse(line).get_object();
    const auto text = *matrix::find_string(row, "text");
    EXPECT_EQ(told(planned(text)), *matrix::find_string(row, "becomes")) << text;
    ++count;
  }
  EXPECT_GE(count, 80U);
}

TEST(SentencesTest, EveryPlanIsValidAndItsOwnWords) {
  std::ifstream in(TROUPE_ROUTER_DATA "../planner/sentences.jsonl");
  const auto& catalogue = ShippedPlanner::get().catalogue;
  std::string line;
  while (std::getline(in, line)) {
    const auto row = boost::json::parse(line).get_object();
    const auto outcome = planned(*matrix::find_string(row, "text"));
    const auto* plan = std::get_if<Plan>(&outcome);
    if (!plan) continue;
    EXPECT_TRUE(catalogue.check(plan->spec).empty()) << line;
    EXPECT_FALSE(plan->borrowed) << line;
    for (const auto& origin : plan->origins) EXPECT_NE(value_at(plan->spec.inputs, origin.pointer), nullptr) << line;
  }
}

/// Negations, conditions, questions, reports, several at once, and times: where a row allows no write, none is planned.
TEST(SentencesTest, WhatIsNoOrderIsNotWritten) {
  std::ifstream in(TROUPE_ROUTER_DATA "../planner/second_run.jsonl");
  ASSERT_TRUE(in) << "tests/data/planner is not there";
  std::string line;
  int right = 0, all = 0;
  while (std::getline(in, line)) {
    const auto row = boost::json::parse(line).get_object();
    const auto text = *matrix::find_string(row, "text");
    const auto outcome = planned(text);
    const auto* plan = std::get_if<Plan>(&outcome);
    const auto& intents = *matrix::find_array(row, "intents");
    const auto name = plan ? plan->spec.service + "." + plan->spec.intent : std::string("ask");
    const auto allows = [&](std::string_view what) {
      return std::ranges::find(intents, boost::json::value(what)) != intents.end();
    };
    if (plan && plan->writes) {
      EXPECT_TRUE(allows(name)) << text << " became " << told(outcome);
    }
    const auto inputs = plan ? boost::json::serialize(plan->spec.inputs) : std::string();
    const bool has = std::ranges::all_of(*matrix::find_array(row, "has"), [&](const auto& each) {
      return inputs.contains(matrix::view(each.get_string()));
    });
    right += (allows(name) || (plan && !plan->writes && allows("read"))) && (!plan || has) ? 1 : 0;
    ++all;
  }
  EXPECT_GE(right, all * 9 / 10) << "of " << all;
}

TEST(SentencesTest, WhatOneCallCannotDoIsSaid) {
  for (const auto* text :
       {"post \"a\" to #alpha and \"b\" to #beta in Slack", "create CompanyCam projects for Elm Court and Fir Court",
        "stop the bots faq, greeter and news in troupe", "in Slack, send hello to #ops after lunch",
        "in Slack, send \"hello\" to #ops at 9 tomorrow", "post \"closed\" in #ops on Slack if it rains tomorrow"})
    EXPECT_FALSE(std::holds_alternative<Plan>(planned(text))) << text << " became " << told(planned(text));
  for (const auto* text :
       {"please post \"hi\" to #ops in slack if you can", "post \"see you tomorrow\" to #ops in slack",
        "tell #ops in slack that the crew comes tomorrow", "invite ana@x.example and bo@x.example to #ops in slack"})
    EXPECT_TRUE(std::holds_alternative<Plan>(planned(text))) << text << " became " << told(planned(text));
}

TEST(SentencesTest, TextsOfAnyKindEnd) {
  std::string words;
  while (words.size() < 40'000) words += "projekt wordy \"for\" Ann #ops @joe 12 4 Oak Ave 555 123 4567 tomorrow ";
  for (const auto& text : {words, std::string(20'000, '"'), std::string(20'000, ':'),
                           "list companycam projects \xff\xc3 " + words, std::string("in slack post \0 to #ops", 23)})
    EXPECT_NO_THROW(told(planned(text)));
}

}  // namespace
}  // namespace troupe::assistant::planner
