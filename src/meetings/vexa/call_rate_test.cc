#include "meetings/vexa/call_rate.h"

#include <gtest/gtest.h>

#include "kit/task_runner.h"
#include "net/server/server.h"

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

class CallRateTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  ~CallRateTest() override { io.stop(); }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }
  net::server::IoThreads io{1};
};

TEST_F(CallRateTest, AnswersThatAreErrorsSayItToo) {
  base::ManualClock time;
  CallRate rate(true, time);
  Error why(Errc::not_found, "There is none.");
  const auto handler = limited(rate, [&](net::route::Call&) -> Task<net::http::Response> { co_return Error(why); });
  net::http::Request request;
  net::route::Call call{.request = request, .params = {}, .body = {}, .caller = net::route::Caller{}};
  call.caller->principal_id = 7;
  const auto first = run(handler(call));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 404);
  EXPECT_TRUE(first->body.contains("There is none."));
  EXPECT_EQ(first->headers.get("X-RateLimit-Limit"), "120");
  EXPECT_EQ(first->headers.get("X-RateLimit-Remaining"), "119");
  for (std::int64_t i = 1; i < CallRate::kBurst; ++i) ASSERT_EQ(run(handler(call))->status, 404);
  const auto refused = run(handler(call));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->headers.get("X-RateLimit-Remaining"), "0");
  EXPECT_EQ(refused->headers.get("Retry-After"), "1");
  time.advance(std::chrono::seconds(1));
  why = Error(Errc::internal, "Nobody has thought of it.");
  EXPECT_FALSE(run(handler(call))) << "the router logs it";
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
