// Sentences over the shipped packs → the task or the question they become: tests/data/planner/sentences.jsonl.
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

TEST(SentencesTest, TextsOfAnyKindEnd) {
  std::string words;
  while (words.size() < 40'000) words += "projekt wordy \"for\" Ann #ops @joe 12 4 Oak Ave 555 123 4567 tomorrow ";
  for (const auto& text : {words, std::string(20'000, '"'), std::string(20'000, ':'),
                           "list companycam projects \xff\xc3 " + words, std::string("in slack post \0 to #ops", 23)})
    EXPECT_NO_THROW(told(planned(text)));
}

}  // namespace
}  // namespace troupe::assistant::planner
