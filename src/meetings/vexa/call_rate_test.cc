#include "meetings/vexa/call_rate.h"

#include <gtest/gtest.h>

namespace troupe::meetings::vexa {
namespace {

TEST(VexaCallRate, CountsDownRefusesAndFillsAgainForEachPerson) {
  base::ManualClock time;
  CallRate rate(true, time);
  for (std::int64_t i = 1; i <= CallRate::kBurst; ++i) {
    const auto taken = rate.take(7);
    ASSERT_FALSE(taken.wait) << i;
    EXPECT_EQ(taken.remaining, CallRate::kBurst - i);
  }
  const auto refused = rate.take(7);
  ASSERT_TRUE(refused.wait);
  EXPECT_GT(refused.wait->count(), 0);
  EXPECT_LE(refused.wait->count(), 1'000 / CallRate::kPerSecond + 1);
  EXPECT_FALSE(rate.take(8).wait) << "another person's";
  time.advance(std::chrono::seconds(1));
  EXPECT_EQ(rate.take(7).remaining, CallRate::kPerSecond - 1);
  time.advance(std::chrono::hours(1));
  EXPECT_EQ(rate.take(7).remaining, CallRate::kBurst - 1);
}

TEST(VexaCallRate, RefusesNobodyWhereLimitsAreOff) {
  base::ManualClock time;
  CallRate rate(false, time);
  for (std::int64_t i = 0; i < 3 * CallRate::kBurst; ++i) EXPECT_FALSE(rate.take(7).wait);
  EXPECT_EQ(rate.take(7).remaining, 0);
}

TEST(VexaCallRate, RemembersNoMoreThanSoMany) {
  base::ManualClock time;
  CallRate rate(true, time);
  for (std::size_t i = 0; i < 3 * CallRate::kMost; ++i) EXPECT_FALSE(rate.take(static_cast<std::int64_t>(i)).wait);
}

}  // namespace
}  // namespace troupe::meetings::vexa
