// How fast services are called: never faster than they allow, fair, and bounded.
#include "assistant/calls/calls_fixture.h"

namespace troupe::assistant::calls {
namespace {

using namespace testing_calls;

class LimitsTest : public CallsTest {
 protected:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Pauses that end when the clock says so: time is moved by one alone, however many wait.
  Pause until_then() {
    return [this](std::chrono::milliseconds time) -> asio::awaitable<void> {
      const auto until = clock.steady() + time;
      const auto executor = co_await asio::this_coro::executor;
      while (clock.steady() < until) co_await asio::post(executor, asio::use_awaitable);
    };
  }
  asio::awaitable<void> move_time(std::size_t until_through, std::chrono::milliseconds tick) {
    const auto executor = co_await asio::this_coro::executor;
    while (times.size() < until_through) {
      clock.advance(tick);
      co_await asio::post(executor, asio::use_awaitable);
    }
    moved = true;
  }
  asio::awaitable<void> enter(std::vector<LimitOf> of, int number) {
    const auto let = co_await in_time.enter(std::move(of), clock.steady() + 24h, context());
    EXPECT_TRUE(let);
    times.push_back(clock.steady());
    order.push_back(number);
  }
  /// So many at once; returns when all are through.
  void enter_all(const std::vector<std::vector<LimitOf>>& of, std::chrono::milliseconds tick) {
    moved = false;
    asio::post(io_, [&] {
      int number = 0;
      for (const auto& each : of) asio::co_spawn(io_, enter(each, number++), asio::detached);
      asio::co_spawn(io_, move_time(of.size(), tick), asio::detached);
    });
    const auto through = [&]() -> asio::awaitable<bool> { co_return moved; };
    ASSERT_TRUE(eventually([&] { return wait(through()); }));
  }
  /// The most that went within any stretch of so long.
  std::size_t most_within(std::chrono::milliseconds stretch) const {
    std::size_t most = 0;
    for (const auto& from : times) {
      const auto within = std::ranges::count_if(times, [&](auto at) { return at >= from && at < from + stretch; });
      most = std::max(most, static_cast<std::size_t>(within));
    }
    return most;
  }

  Limits in_time{clock, until_then()};
  std::vector<TimePoint> times;
  std::vector<int> order;
  bool moved = false;
};

TEST_F(LimitsTest, NoStretchOfTimeHasMoreThanTheLimit) {
  for (const auto& [calls, seconds] :
       std::vector<std::pair<std::size_t, std::size_t>>{{1, 1}, {3, 1}, {10, 1}, {20, 60}, {240, 60}}) {
    times.clear();
    order.clear();
    const std::vector<LimitOf> of{{.key = "k" + std::to_string(calls), .calls = calls, .seconds = seconds}};
    const auto begun = clock.steady();
    enter_all(std::vector(calls * 2, of), std::chrono::milliseconds(1'000 * seconds / calls / 8 + 1));
    EXPECT_LE(most_within(std::chrono::seconds(seconds)), calls) << calls;
    EXPECT_LE(times.back() - begun, std::chrono::seconds(seconds) * 3) << "nor much slower than it";
    EXPECT_TRUE(std::ranges::is_sorted(order)) << "in order of coming";
  }
}

TEST_F(LimitsTest, WhoWaitsForAnotherLimitHoldsNobodyUp) {
  const LimitOf all{.key = "all", .calls = 100, .seconds = 1};
  const LimitOf slow{.key = "channel a", .calls = 1, .seconds = 3'600};
  const LimitOf other{.key = "channel b", .calls = 10, .seconds = 1};
  const auto begun = clock.steady();
  enter_all({{all, slow}, {all, slow}, {all, other}, {all, other}}, 100ms);
  EXPECT_EQ(order, (std::vector{0, 2, 3, 1}));
  EXPECT_LE(times[2] - begun, 1s);
}

TEST_F(LimitsTest, WaitingEndsWithPatienceAndWithCancelling) {
  const std::vector<LimitOf> of{{.key = "k", .calls = 1, .seconds = 60}};
  ASSERT_TRUE(run(limits.enter(of, clock.steady() + 1s, context())));
  const auto late = run(limits.enter(of, clock.steady() + 10s, context()));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), Errc::limit_exceeded);
  EXPECT_EQ(late.error().retry_after(), 60s);
  *cancelled = true;
  EXPECT_EQ(run(limits.enter(of, clock.steady() + 1h, context())).error().code(), Errc::conflict);
  *cancelled = false;
  EXPECT_TRUE(run(limits.enter(of, clock.steady() + 1h, context()))) << "who left left no place behind";
}

TEST_F(LimitsTest, LinesAndBucketsAreBounded) {
  const std::vector<LimitOf> of{{.key = "k", .calls = 1, .seconds = 3'600}};
  int refused = 0, over = 0;
  const auto one = [&]() -> asio::awaitable<void> {
    const auto let = co_await limits.enter(of, clock.steady() + 10'000h, context());
    if (!let && let.error().code() == Errc::limit_exceeded) ++refused;
    ++over;
  };
  asio::post(io_, [&] {
    for (std::size_t i = 0; i < kMaxWaitingCalls + 11; ++i) asio::co_spawn(io_, one(), asio::detached);
  });
  const auto ended = [&]() -> asio::awaitable<bool> { co_return refused == 10; };
  EXPECT_TRUE(eventually([&] { return wait(ended()); }));
  *cancelled = true;
  const auto all = [&]() -> asio::awaitable<bool> { co_return over == static_cast<int>(kMaxWaitingCalls) + 11; };
  EXPECT_TRUE(eventually([&] { return wait(all()); }));
  *cancelled = false;
  for (int i = 0; i < 2 * static_cast<int>(kMaxLimits); ++i) {
    const std::vector<LimitOf> many{{.key = "m" + std::to_string(i), .calls = 10, .seconds = 1}};
    ASSERT_TRUE(run(limits.enter(many, clock.steady() + 1s, context())));
    clock.advance(1s);
  }
  EXPECT_LE(limits.size(), kMaxLimits);
}

TEST_F(LimitsTest, AreByWhatThePackSays) {
  const auto slack = service("slack");
  const auto keys = [&](const Service& of, const std::string& operation, std::string_view arguments) {
    std::vector<std::string> out;
    for (const auto& each : limits_of(of, *of.pack->find(operation), object(arguments))) out.push_back(each.key);
    return out;
  };
  EXPECT_NE(keys(slack, "send_message", R"({"channel":"a"})")[0], keys(slack, "send_message", R"({"channel":"b"})")[0]);
  EXPECT_EQ(keys(slack, "send_message", R"({"channel":"a"})")[1], keys(slack, "send_message", R"({"channel":"b"})")[1]);
  EXPECT_NE(keys(slack, "list_users", "{}"), keys(slack, "list_channels", "{}")) << "each method has its own";
  auto other = slack;
  other.account = "tenant2/slack";
  EXPECT_NE(keys(slack, "list_users", "{}"), keys(other, "list_users", "{}"));
  auto acculynx = service("acculynx");
  const auto first = keys(acculynx, "list_jobs", "{}");
  acculynx.account = "tenant2/acculynx";
  const auto second = keys(acculynx, "list_jobs", "{}");
  EXPECT_NE(first[0], second[0]);
  EXPECT_EQ(first[1], second[1]) << "30 a second for this server, whoever's key it is";
  // What one account hears holds up that account alone.
  const auto of_two = limits_of(acculynx, *acculynx.pack->find("list_jobs"), {});
  limits.hold(of_two, 1h);
  EXPECT_FALSE(run(limits.enter(of_two, clock.steady() + 1s, context())));
  acculynx.account = "tenant/acculynx";
  EXPECT_TRUE(
      run(limits.enter(limits_of(acculynx, *acculynx.pack->find("list_jobs"), {}), clock.steady() + 1s, context())));
}

}  // namespace
}  // namespace troupe::assistant::calls
