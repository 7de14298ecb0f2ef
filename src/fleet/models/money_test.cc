#include "fleet/models/money.h"

#include <gtest/gtest.h>

namespace troupe::fleet::models {
namespace {

TEST(MoneyTest, ReadsAndWritesAmounts) {
  EXPECT_EQ(parse_money("1"), 1'000'000);
  EXPECT_EQ(parse_money("0.15"), 150'000);
  EXPECT_EQ(parse_money("12.000001"), 12'000'001);
  EXPECT_EQ(parse_money("1000000"), kMostMoney);
  for (std::string_view wrong : {"", ".", "1.", ".5", "-1", "+1", "1,5", "1e3", "0.0000001", "1000000.000001",
                                 "99999999", " 1", "1 ", "0x1", "nan"}) {
    EXPECT_FALSE(parse_money(wrong)) << wrong;
  }
  for (auto [amount, text] : {std::pair{Micros{0}, "0.00"},
                              {Micros{1}, "0.000001"},
                              {Micros{150'000}, "0.15"},
                              {Micros{12'345'600}, "12.3456"},
                              {Micros{-10'000}, "-0.01"},
                              {kMostMoney, "1000000.00"}}) {
    EXPECT_EQ(write_money(amount), text);
    if (amount >= 0) EXPECT_EQ(parse_money(write_money(amount)), amount);
  }
}

TEST(MoneyTest, CostsAreRoundedUpAndNeverOverflow) {
  const Price price{.input = 150'000, .output = 600'000};
  EXPECT_EQ(cost_of(price, 0, 0), 0);
  EXPECT_EQ(cost_of(price, 1, 0), 1);  // 0.15 of a micro-unit
  EXPECT_EQ(cost_of(price, 1'000'000, 0), 150'000);
  EXPECT_EQ(cost_of(price, 1'000'000, 1'000'001), 750'001);
  EXPECT_EQ(cost_of(price, -5, -5), 0);
  const Price dearest{.input = kMostMoney, .output = kMostMoney};
  EXPECT_GT(cost_of(dearest, INT64_MAX, INT64_MAX), 0);
}

TEST(MoneyTest, KnowsHowLongAnAnswerIsPaidFor) {
  const Price price{.input = 1'000'000, .output = 2'000'000};
  EXPECT_EQ(affordable_tokens(price, 10, 9), 0);
  EXPECT_EQ(affordable_tokens(price, 10, 10), 0);
  EXPECT_EQ(affordable_tokens(price, 10, 30), 10);
  EXPECT_EQ(affordable_tokens({.input = 0, .output = 0}, 10, 0), kMostTokens);
  for (const Micros left : {Micros{1}, Micros{999}, Micros{1'234'567}, Micros{5'000'000}, kMostMoney}) {
    for (const Price& at : {price, Price{.input = 7, .output = 333}, Price{.input = 1, .output = 999'999'999}}) {
      const auto tokens = affordable_tokens(at, 3, left);
      if (tokens > 0) EXPECT_LE(cost_of(at, 3, tokens), left);
      if (tokens < kMostTokens && cost_of(at, 3, 0) <= left) EXPECT_GT(cost_of(at, 3, tokens + 1), left);
    }
  }
}

}  // namespace
}  // namespace troupe::fleet::models
