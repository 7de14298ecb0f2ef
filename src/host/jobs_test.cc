#include "host/jobs.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <semaphore>
#include <thread>

namespace troupe::host {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class JobsTest : public testing::Test {
 protected:
  ~JobsTest() override {
    guard_.reset();
    thread_.join();
  }
  std::function<asio::any_io_executor()> executors() {
    return [this]() -> asio::any_io_executor { return context_.get_executor(); };
  }
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  std::thread thread_{[this] { context_.run(); }};
  base::MetricRegistry metrics_;
};

TEST_F(JobsTest, RepeatsAndSurvivesErrorsAndExceptions) {
  std::counting_semaphore<> rounds(0);
  int n = 0;
  auto run = [&]() -> Task<Unit> {
    ++n;
    rounds.release();
    if (n == 1) co_return Error(Errc::unavailable, "not now");
    if (n == 2) throw std::runtime_error("boom");
    co_return Unit{};
  };
  Jobs jobs({{"test", 1ms, run}}, executors(), metrics_);
  jobs.start();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(rounds.try_acquire_for(10s));
  EXPECT_TRUE(jobs.stop(10s));
  const auto after = n;
  EXPECT_TRUE(jobs.stop(10s));
  EXPECT_EQ(n, after);
  auto& counts = metrics_.counter("troupe_host_jobs_total", "", {"job", "outcome"});
  EXPECT_EQ(counts.with({"test", "failed"}).value(), 2U);
  EXPECT_EQ(counts.with({"test", "done"}).value(), static_cast<std::uint64_t>(after - 2));
}

TEST_F(JobsTest, StopWakesLongWaits) {
  auto run = []() -> Task<Unit> { co_return Unit{}; };
  Jobs jobs({{"hourly", 3'600'000ms, run}, {"daily", 86'400'000ms, run}}, executors(), metrics_);
  jobs.start();
  EXPECT_TRUE(jobs.stop(10s));
}

TEST_F(JobsTest, StopWaitsForARunningRoundButNotForever) {
  asio::steady_timer hold(context_, asio::steady_timer::time_point::max());
  std::binary_semaphore entered(0);
  auto run = [&]() -> Task<Unit> {
    entered.release();
    boost::system::error_code cancelled;
    co_await hold.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    co_return Unit{};
  };
  Jobs jobs({{"slow", 1ms, run}}, executors(), metrics_);
  jobs.start();
  ASSERT_TRUE(entered.try_acquire_for(10s));
  EXPECT_FALSE(jobs.stop(1ms));
  asio::post(context_, [&] { hold.cancel(); });
  EXPECT_TRUE(jobs.stop(10s));
}

TEST_F(JobsTest, NeverStartedStopsAtOnce) {
  Jobs jobs({{"idle", 1ms, nullptr}}, executors(), metrics_);
  EXPECT_TRUE(jobs.stop(0ms));
}

}  // namespace
}  // namespace troupe::host
