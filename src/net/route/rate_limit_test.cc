#include "net/route/rate_limit.h"

#include <gtest/gtest.h>

namespace troupe::net::route {
namespace {

using namespace std::chrono_literals;

RateLimits small() {
  RateLimits limits;
  limits.message = {.per_s = 2, .burst = 3};
  limits.login = {.per_s = 0, .burst = 1};
  return limits;
}

TEST(RateLimiter, GivesTheBurstThenTheRate) {
  base::ManualClock clock;
  RateLimiter limiter(small(), clock);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take(Rate::message, "@a:x"));
  EXPECT_EQ(limiter.take(Rate::message, "@a:x"), 500ms);
  EXPECT_FALSE(limiter.take(Rate::message, "@b:x")) << "others have their own bucket";
  clock.advance(499ms);
  EXPECT_EQ(limiter.take(Rate::message, "@a:x"), 1ms);
  clock.advance(2ms);
  EXPECT_FALSE(limiter.take(Rate::message, "@a:x"));
  clock.advance(1h);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take(Rate::message, "@a:x"));
  EXPECT_TRUE(limiter.take(Rate::message, "@a:x")) << "no more than the burst is saved up";
}

TEST(RateLimiter, SomebodyMayHaveNumbersOfTheirOwn) {
  base::ManualClock clock;
  RateLimiter limiter(small(), clock);
  const RateClass own{.per_s = 1, .burst = 5};
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limiter.take(Rate::message, "@a:x", &own));
  EXPECT_EQ(limiter.take(Rate::message, "@a:x", &own), 1000ms);
  clock.advance(1h);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take(Rate::message, "@a:x")) << "as everybody again";
  EXPECT_EQ(limiter.take(Rate::message, "@a:x"), 500ms);
}

TEST(RateLimiter, ClassesAreSeparate) {
  base::ManualClock clock;
  RateLimiter limiter(small(), clock);
  EXPECT_FALSE(limiter.take(Rate::login, "1.2.3.4"));
  EXPECT_TRUE(limiter.take(Rate::login, "1.2.3.4"));
  EXPECT_FALSE(limiter.take(Rate::message, "1.2.3.4"));
  for (int i = 0; i < 10'000; ++i) ASSERT_FALSE(limiter.take(Rate::none, "1.2.3.4"));
}

TEST(RateLimiter, CanBeSwitchedOff) {
  auto limits = small();
  limits.enabled = false;
  RateLimiter limiter(limits);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limiter.take(Rate::login, "a"));
}

TEST(RateLimiter, MillionsOfNamesTakeNoMoreMemory) {
  base::ManualClock clock;
  RateLimiter limiter(small(), clock);
  for (int i = 0; i < 300'000; ++i) limiter.take(Rate::login, std::to_string(i));
  EXPECT_FALSE(limiter.take(Rate::message, "@late:x"));
}

TEST(RateLimiter, AClockThatGoesBackDoesNotBreakIt) {
  base::ManualClock clock;
  RateLimiter limiter(small(), clock);
  for (int i = 0; i < 3; ++i) limiter.take(Rate::message, "@a:x");
  clock.advance(-1h);
  EXPECT_TRUE(limiter.take(Rate::message, "@a:x"));
}

TEST(RateKey, IsTheAddressOrItsNetwork) {
  EXPECT_EQ(rate_key_of_address("10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(rate_key_of_address("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2");
  EXPECT_EQ(rate_key_of_address("2001:db8::1"), "2001:db8::");
  EXPECT_EQ(rate_key_of_address("::1"), "::");
  EXPECT_EQ(rate_key_of_address("unix"), "unix");
}

}  // namespace
}  // namespace troupe::net::route
