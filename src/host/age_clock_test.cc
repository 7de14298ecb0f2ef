#include "host/age_clock.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "host/migrations.gen.h"
#include "store/test_database.h"

namespace troupe::host {
namespace {

using namespace std::chrono_literals;

/// A machine whose wall clock can be set.
class SetClock final : public base::Clock {
 public:
  base::UnixMs unix_ms() const override { return wall; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(passed));
  }
  void pass(std::chrono::milliseconds time) {
    passed += time.count();
    wall += time.count();
  }
  void set(std::chrono::milliseconds by) { wall += by.count(); }
  std::int64_t wall = 1'700'000'000'000;
  std::int64_t passed = 5'000;
};

constexpr std::chrono::days kFarAhead{40};

class AgeClockTest : public testing::Test {
 protected:
  AgeClockTest() {
    EXPECT_TRUE(store::migrate(*db_, "host", migrations()));
    start();
  }
  void start() {
    auto opened = AgeClock::open(*db_, clock_);
    ASSERT_TRUE(opened.has_value()) << opened.error().detail();
    ages_ = *std::move(opened);
  }
  /// The process ends, for so long none runs, another one starts.
  void restart(std::chrono::milliseconds rest) {
    asio::io_context context;
    auto noted = asio::co_spawn(context, ages_->note(), asio::use_future);
    auto work = asio::make_work_guard(context);
    std::thread thread([&] { context.run(); });
    EXPECT_TRUE(noted.get().has_value());
    work.reset();
    thread.join();
    clock_.wall += rest.count();
    clock_.passed = 1;  // a machine that was started counts from its start
    start();
  }
  /// How far the sweeps' time lags the wall clock.
  std::chrono::milliseconds behind() { return std::chrono::milliseconds(clock_.wall - ages_->unix_ms()); }
  bool said() { return ages_->trouble().has_value(); }

  store::TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
  SetClock clock_;
  std::unique_ptr<AgeClock> ages_;
};

TEST_F(AgeClockTest, GoesWithTheWallClockAndItsSmallSteps) {
  EXPECT_EQ(behind(), 0ms);
  clock_.pass(50h);
  EXPECT_EQ(behind(), 0ms);
  clock_.set(59min);
  EXPECT_EQ(behind(), 0ms);
  clock_.set(-kFarAhead);
  EXPECT_EQ(behind(), 0ms) << "nothing becomes old by a step back";
  clock_.pass(5h);
  clock_.set(kFarAhead);
  EXPECT_EQ(behind(), 0ms) << "and nothing by its end";
  EXPECT_FALSE(said());
}

TEST_F(AgeClockTest, AMachineThatStartsWithoutAClockGetsItsTimeBack) {
  restart(-kFarAhead);
  EXPECT_EQ(behind(), 0ms);
  clock_.pass(1min);
  clock_.set(kFarAhead + 10min);
  EXPECT_EQ(behind(), 0ms);
  EXPECT_FALSE(said());
}

TEST_F(AgeClockTest, AStepAheadCountsAfterADay) {
  clock_.set(kFarAhead);
  EXPECT_EQ(behind(), kFarAhead);
  EXPECT_TRUE(said());
  clock_.pass(23h);
  EXPECT_EQ(behind(), kFarAhead) << "time goes on without it";
  EXPECT_TRUE(said());
  clock_.pass(61min);
  EXPECT_EQ(behind(), 0ms);
  EXPECT_FALSE(said());
}

TEST_F(AgeClockTest, AClockThatIsSetRightHasDoneNothing) {
  const auto before = ages_->unix_ms();
  clock_.set(kFarAhead);
  EXPECT_TRUE(said());
  clock_.pass(20h);
  clock_.set(-kFarAhead);
  EXPECT_EQ(behind(), 0ms);
  EXPECT_FALSE(said());
  EXPECT_EQ(ages_->unix_ms() - before, std::chrono::milliseconds(20h).count());
  clock_.set(kFarAhead);
  clock_.pass(20h);
  EXPECT_EQ(behind(), kFarAhead) << "the day begins anew";
}

TEST_F(AgeClockTest, OnlyWhatAStepHeldAllTheWhileCounts) {
  clock_.set(3h);
  EXPECT_EQ(behind(), 3h);
  EXPECT_FALSE(said()) << "small enough for the log alone";
  clock_.pass(23h);
  clock_.set(kFarAhead);
  EXPECT_EQ(behind(), kFarAhead + 3h);
  clock_.pass(2h);
  EXPECT_EQ(behind(), kFarAhead);
  EXPECT_TRUE(said());
}

TEST_F(AgeClockTest, AStartBelievesAWeekAndNoMore) {
  restart(std::chrono::days(6));
  EXPECT_EQ(behind(), 0ms);
  restart(kFarAhead);
  EXPECT_EQ(behind(), kFarAhead);
  EXPECT_TRUE(said());
  clock_.pass(12h);
  restart(1min);
  EXPECT_EQ(behind(), kFarAhead + 1min) << "another start makes it no better known";
  clock_.pass(13h);
  EXPECT_EQ(behind(), 0ms) << "what was held before counts";
  EXPECT_FALSE(said());
}

TEST_F(AgeClockTest, TheFirstStartKnowsNothingElse) {
  SetClock far;
  far.set(kFarAhead);
  AgeClock first(*db_, far, std::nullopt);
  EXPECT_EQ(first.unix_ms(), far.wall);
}

}  // namespace
}  // namespace troupe::host
