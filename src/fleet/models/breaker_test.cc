#include "fleet/models/breaker.h"

#include <gtest/gtest.h>

namespace troupe::fleet::models {
namespace {

using std::chrono::milliseconds;
using State = Breakers::State;

class BreakerTest : public ::testing::Test {
 protected:
  void fail(int times) {
    for (int i = 0; i < times; ++i) breakers.insist(key).failed();
  }
  base::ManualClock clock;
  Breakers breakers{clock};
  const std::string key = Breakers::key_of(1, {.name = "a", .base_url = "http://a/v1", .model = "m"});
};

TEST_F(BreakerTest, OpensAfterFailuresInARowAndIsTriedByOneQuestion) {
  fail(Breakers::kFailures - 1);
  EXPECT_TRUE(breakers.enter(key));
  breakers.insist(key).succeeded();
  fail(Breakers::kFailures - 1);
  EXPECT_EQ(breakers.state(key), State::closed) << "not in a row";
  fail(1);
  EXPECT_EQ(breakers.state(key), State::open);
  EXPECT_FALSE(breakers.enter(key));

  clock.advance(Breakers::kFirstPause);
  EXPECT_EQ(breakers.state(key), State::half_open);
  auto probe = breakers.enter(key);
  ASSERT_TRUE(probe);
  EXPECT_FALSE(breakers.enter(key)) << "one is enough";
  probe->succeeded();
  EXPECT_EQ(breakers.state(key), State::closed);
}

TEST_F(BreakerTest, WaitsLongerEachTimeTheTryFails) {
  fail(Breakers::kFailures);
  auto pause = Breakers::kFirstPause;
  for (int i = 0; i < 8; ++i) {
    clock.advance(pause - milliseconds(1));
    EXPECT_FALSE(breakers.enter(key)) << i;
    clock.advance(milliseconds(1));
    auto probe = breakers.enter(key);
    ASSERT_TRUE(probe) << i;
    probe->failed();
    pause = std::min(pause * 2, Breakers::kLongestPause);
  }
  clock.advance(Breakers::kLongestPause);
  breakers.enter(key)->succeeded();
  fail(Breakers::kFailures);
  clock.advance(Breakers::kFirstPause);
  EXPECT_TRUE(breakers.enter(key)) << "a success makes all good";
}

TEST_F(BreakerTest, ATryThatIsDroppedSaysNothingAndLetsTheNextOneIn) {
  fail(Breakers::kFailures);
  clock.advance(Breakers::kFirstPause);
  {
    auto dropped = breakers.enter(key);
  }
  auto lost = breakers.enter(key);
  ASSERT_TRUE(lost);
  clock.advance(Breakers::kLostProbe);
  EXPECT_TRUE(breakers.enter(key)) << "one that never comes back blocks nothing for ever";
}

TEST_F(BreakerTest, OpensAtOnceForAsLongAsTheServerAsks) {
  breakers.insist(key).failed(milliseconds(40'000));
  clock.advance(milliseconds(39'999));
  EXPECT_FALSE(breakers.enter(key));
  clock.advance(milliseconds(1));
  EXPECT_TRUE(breakers.enter(key));
  breakers.insist(key).failed(std::chrono::hours(100));
  clock.advance(Breakers::kLongestAsked);
  EXPECT_TRUE(breakers.enter(key)) << "no server is left alone for days";
}

TEST_F(BreakerTest, TenantsAndKeysShareNone) {
  const Endpoint one{.name = "a", .base_url = "http://a/v1", .key = "sk-secret", .model = "m"};
  auto other = one;
  other.key = "sk-another";
  EXPECT_NE(Breakers::key_of(1, one), Breakers::key_of(2, one));
  EXPECT_NE(Breakers::key_of(1, one), Breakers::key_of(1, other));
  EXPECT_EQ(Breakers::key_of(1, one).find("secret"), std::string::npos);
}

TEST_F(BreakerTest, RemembersABoundedNumber) {
  fail(Breakers::kFailures);
  for (std::size_t i = 0; i < Breakers::kMost; ++i) breakers.insist("other " + std::to_string(i)).succeeded();
  EXPECT_EQ(breakers.state(key), State::closed) << "the one used longest ago is forgotten";
}

}  // namespace
}  // namespace troupe::fleet::models
