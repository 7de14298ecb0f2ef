#include "fleet/brains/openai/chat_context.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace troupe::fleet::brains {
namespace {

TEST(ChatContextTest, EstimatesRatherTooMuch) {
  EXPECT_EQ(estimate_tokens(""), 0);
  EXPECT_EQ(estimate_tokens("four"), 1);
  EXPECT_EQ(estimate_tokens("fives"), 2);
  EXPECT_EQ(estimate_tokens("日本語"), 3);
}

TEST(ChatContextTest, DropsTheOldestWholeTurns) {
  std::vector<ChatTurn> turns(5, {std::string(40, 'q'), std::string(40, 'a')});  // 28 tokens each
  EXPECT_EQ(turns_to_drop(turns, 1000), 0u);
  EXPECT_EQ(turns_to_drop(turns, 28 * 5), 0u);
  EXPECT_EQ(turns_to_drop(turns, 28 * 5 - 1), 1u);
  EXPECT_EQ(turns_to_drop(turns, 60), 3u);
  EXPECT_EQ(turns_to_drop(turns, 27), 5u);
  EXPECT_EQ(turns_to_drop(turns, -5), 5u);
  EXPECT_EQ(turns_to_drop({}, 0), 0u);
}

TEST(ChatContextTest, KeepsTheNewestWithinBothLimits) {
  std::vector<ChatTurn> turns;
  for (int i = 0; i < 10; ++i) turns.push_back({"question " + std::to_string(i), "answer"});
  auto few = read_turns(write_turns(turns, 3, 100'000));
  ASSERT_EQ(few.size(), 3u);
  EXPECT_EQ(few.front().question, "question 7");
  EXPECT_EQ(few.back().question, "question 9");
  auto small = write_turns(turns, 100, 100);
  EXPECT_LE(boost::json::serialize(small).size(), 100u);
  EXPECT_EQ(read_turns(small).back().question, "question 9");
  turns = {{std::string(20'000, 'x') + "é", "y"}};
  EXPECT_LT(read_turns(write_turns(turns, 1, 100'000)).front().question.size(), 17'000u);
}

TEST(ChatContextTest, PassesOverWhatItDoesNotKnow) {
  EXPECT_TRUE(read_turns("text").empty());
  EXPECT_EQ(read_turns({1, boost::json::object{{"q", 1}}, boost::json::object{{"q", "a"}, {"a", "b"}}}).size(), 1u);
}

}  // namespace
}  // namespace troupe::fleet::brains
