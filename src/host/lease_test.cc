#include "host/lease.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

#include "host/jobs.h"
#include "host/lease_store.h"
#include "host/migrations.gen.h"
#include "store/test_database.h"

namespace troupe::host {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class LeaseTest : public testing::Test {
 protected:
  LeaseTest() { EXPECT_TRUE(store::migrate(*db_, "host", migrations())); }
  ~LeaseTest() override {
    guard_.reset();
    thread_.join();
  }

  /// A process of its own clock on the same database.
  struct Process {
    Process(LeaseTest& test, std::string holder, bool alone = false)
        : leases(*test.db_, clock, {.holder = std::move(holder), .term = 10s, .alone = alone}, metrics),
          lease(leases.get("work")) {
      lease.on_change([this](std::optional<std::int64_t> epoch) { told.push_back(epoch.value_or(0)); });
    }
    base::ManualClock clock;
    base::MetricRegistry metrics;
    Leases leases;
    Lease& lease;
    std::vector<std::int64_t> told;
  };

  void run(Task<Unit> task) {
    auto done = asio::co_spawn(context_, std::move(task), asio::use_future).get();
    ASSERT_TRUE(done) << done.error().message() << " " << done.error().detail();
  }
  void step(Process& process) { run(process.leases.step()); }
  /// Whether a write under the epoch goes through.
  bool may_write(Process& process, std::int64_t epoch) {
    return db_->write_now([&](store::Tx& tx) { return process.lease.check(tx, epoch); }).has_value();
  }

  store::TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  std::thread thread_{[this] { context_.run(); }};
};

TEST_F(LeaseTest, OneHoldsAndRenewsWhileTheOtherWatches) {
  Process a(*this, "a");
  Process b(*this, "b");
  EXPECT_FALSE(a.lease.held());
  step(a);
  step(b);
  EXPECT_EQ(a.lease.held(), 1);
  EXPECT_FALSE(b.lease.held());
  for (int i = 0; i < 10; ++i) {
    for (auto* process : {&a, &b}) {
      process->clock.advance(5s);
      step(*process);
    }
  }
  EXPECT_EQ(a.lease.held(), 1);
  EXPECT_FALSE(b.lease.held());
  EXPECT_TRUE(may_write(a, 1));
  EXPECT_FALSE(may_write(a, 2));
  EXPECT_EQ(a.told, std::vector<std::int64_t>{1});
  EXPECT_TRUE(b.told.empty());
}

TEST_F(LeaseTest, ASilentHolderLosesItAfterATermAndItsWritesAreRefused) {
  Process a(*this, "a");
  Process b(*this, "b");
  step(a);
  step(b);  // sees the beat for the first time
  a.clock.advance(9001ms);
  EXPECT_FALSE(a.lease.held()) << "the holder gives up a tenth of the term early";
  EXPECT_TRUE(may_write(a, 1)) << "nobody took it yet";
  b.clock.advance(9999ms);
  step(b);
  EXPECT_FALSE(b.lease.held());
  b.clock.advance(1ms);
  step(b);
  EXPECT_EQ(b.lease.held(), 2);
  EXPECT_FALSE(may_write(a, 1));
  EXPECT_TRUE(may_write(b, 2));

  step(a);  // back again: it sees the new holder and waits like anybody
  EXPECT_FALSE(a.lease.held());
  EXPECT_EQ(a.told, (std::vector<std::int64_t>{1, 0}));
  a.clock.advance(10s);
  b.clock.advance(5s);
  step(b);  // a renewal that a has not seen
  step(a);
  EXPECT_FALSE(a.lease.held());
  EXPECT_EQ(b.lease.held(), 2);
}

TEST_F(LeaseTest, WhyItWasLostIsKnownAndWhatNobodyTookIsTakenBackAtOnce) {
  Process a(*this, "a");
  Process b(*this, "b");
  EXPECT_EQ(a.lease.loss(), LeaseLoss::none);
  step(a);
  step(b);
  EXPECT_EQ(a.lease.held(), 1);
  a.clock.advance(9001ms);  // the database did not answer; nobody else runs, or nobody has noticed
  EXPECT_FALSE(a.lease.held());
  EXPECT_EQ(a.lease.loss(), LeaseLoss::overdue);
  step(a);  // it answers again
  EXPECT_EQ(a.lease.held(), 2);
  EXPECT_EQ(a.lease.loss(), LeaseLoss::none);
  EXPECT_FALSE(may_write(a, 1));
  EXPECT_EQ(a.told, (std::vector<std::int64_t>{1, 0, 2}));
  step(b);
  b.clock.advance(10s);
  step(b);
  EXPECT_EQ(b.lease.held(), 3);
  a.clock.advance(9001ms);
  EXPECT_EQ(a.lease.loss(), LeaseLoss::overdue);
  step(a);
  EXPECT_FALSE(a.lease.held());
  EXPECT_EQ(a.lease.loss(), LeaseLoss::taken);
}

TEST_F(LeaseTest, WallClocksDoNotMatter) {
  Process a(*this, "a");
  Process b(*this, "b");
  b.clock.advance(std::chrono::hours(24 * 365));
  step(a);
  step(b);
  a.clock.advance(2s);
  step(a);
  b.clock.advance(2s);
  step(b);
  EXPECT_TRUE(a.lease.held());
  EXPECT_FALSE(b.lease.held());
}

TEST_F(LeaseTest, GivenBackItIsTakenAtOnce) {
  Process a(*this, "a");
  Process b(*this, "b");
  step(a);
  step(b);
  run(a.leases.stop());
  EXPECT_FALSE(a.lease.held());
  EXPECT_FALSE(may_write(a, 1));
  step(b);
  EXPECT_EQ(b.lease.held(), 2);
  step(a);  // stopped: wants nothing more
  EXPECT_FALSE(a.lease.held());
}

TEST_F(LeaseTest, AKilledProcessTakesItsOwnBackAtItsNextStart) {
  {
    Process a(*this, "a");
    step(a);
  }
  Process again(*this, "a");
  step(again);
  EXPECT_EQ(again.lease.held(), 2);
  EXPECT_FALSE(may_write(again, 1));
}

TEST_F(LeaseTest, TwoWithOneNameDoNotTakeItFromEachOtherForEver) {
  Process a(*this, "a");
  Process copy(*this, "a");
  step(a);
  step(copy);
  EXPECT_EQ(copy.lease.held(), 2);
  step(a);
  EXPECT_FALSE(a.lease.held());
  step(copy);
  EXPECT_EQ(copy.lease.held(), 2);
}

TEST_F(LeaseTest, AloneItIsTakenFromWhoeverWroteLastAndNeverLapses) {
  Process a(*this, "a");
  step(a);
  Process restored(*this, "another", true);
  step(restored);
  EXPECT_EQ(restored.lease.held(), 2);
  restored.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(restored.lease.held(), 2);
}

TEST_F(LeaseTest, RunsByItselfAndTellsWhenItStarts) {
  base::MetricRegistry metrics;
  Leases leases(*db_, base::system_clock(), {.holder = "x", .term = 3s, .alone = false}, metrics);
  auto& lease = leases.get("work");
  run(leases.start(context_.get_executor()));
  EXPECT_EQ(lease.held(), 1);
  const auto end = std::chrono::steady_clock::now() + 60s;
  auto beat = [&] {
    std::int64_t found = 0;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      found = lease_store::find(connection, "work")->beat;
      return Unit{};
    }));
    return found;
  };
  while (beat() < 3 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_GE(beat(), 3);
  run(leases.stop());
  EXPECT_FALSE(lease.held());
}

TEST_F(LeaseTest, AStepThatIsUnderWayWhenItStopsHoldsNothingAfterwards) {
  Process process(*this, "x");
  step(process);
  ASSERT_EQ(process.lease.held(), 1);
  const auto beat = [&] {
    std::int64_t found = 0;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      found = lease_store::find(connection, "work")->beat;
      return Unit{};
    }));
    return found;
  };
  // Its renewal is committed, and it has not gone on yet: nobody runs its context.
  asio::io_context slow;
  const auto work = asio::make_work_guard(slow);
  auto renewal = asio::co_spawn(slow, process.leases.step(), asio::use_future);
  slow.poll();
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (beat() < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  ASSERT_EQ(beat(), 2);
  run(process.leases.stop());
  EXPECT_FALSE(process.lease.held());
  while (renewal.wait_for(0s) != std::future_status::ready && std::chrono::steady_clock::now() < end) slow.run_for(1ms);
  EXPECT_TRUE(renewal.get());
  EXPECT_FALSE(process.lease.held());
  EXPECT_EQ(process.told, (std::vector<std::int64_t>{1, 0}));
}

TEST_F(LeaseTest, SingletonJobsRunWhereTheLeaseIsHeld) {
  Process a(*this, "a");
  std::atomic<int> single = 0;
  std::atomic<int> plain = 0;
  auto counting = [](std::atomic<int>& n) {
    return [&n]() -> Task<Unit> {
      ++n;
      co_return Unit{};
    };
  };
  std::vector<Job> work{{.name = "single", .every = 1ms, .run = counting(single), .singleton = true},
                        {.name = "plain", .every = 1ms, .run = counting(plain)}};
  auto executor = [this]() -> asio::any_io_executor { return context_.get_executor(); };
  Jobs jobs(std::move(work), executor, metrics_, &a.lease);
  jobs.start();
  const auto reach = [](std::atomic<int>& n, int count) {
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (n < count && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return n >= count;
  };
  EXPECT_TRUE(reach(plain, 5));
  EXPECT_EQ(single, 0);
  step(a);
  EXPECT_TRUE(reach(single, 3));
  EXPECT_TRUE(jobs.stop(60s));
}

TEST_F(LeaseTest, OnesThatAreNotSettledAtTheStopAreGivenBack) {
  Process first(*this, "a");
  first.leases.get("late");
  // The step is held between the two: "work" is told, and "late" is this process's by its row alone.
  std::promise<void> held;
  std::promise<void> go_on;
  std::atomic<bool> is_first = true;
  first.lease.on_change([&](std::optional<std::int64_t>) {
    if (!is_first.exchange(false)) return;
    held.set_value();
    go_on.get_future().wait();
  });
  auto acquired = asio::co_spawn(context_, first.leases.step(), asio::use_future);
  held.get_future().wait();
  asio::io_context stopping;
  auto stopped = asio::co_spawn(stopping, first.leases.stop(), asio::use_future);
  stopping.run();
  EXPECT_TRUE(stopped.get());
  go_on.set_value();
  EXPECT_TRUE(acquired.get());
  EXPECT_FALSE(first.leases.get("late").held());
  EXPECT_TRUE(db_->write_now([](store::Tx& tx) -> Result<Unit> {
    for (const auto* name : {"work", "late"}) EXPECT_EQ(lease_store::find(tx, name)->holder, "") << name;
    return Unit{};
  }));
}

TEST_F(LeaseTest, OneThatIsBeingAcquiredAtTheStopIsGivenBack) {
  Process first(*this, "a");
  // The row is written, and the step does not go on: its thread is held, by what is posted before the write is queued.
  std::promise<void> held;
  std::promise<void> go_on;
  auto held_up = [&]() -> Task<Unit> {
    asio::post(context_, [&] {
      held.set_value();
      go_on.get_future().wait();
    });
    co_return co_await first.leases.step();
  };
  auto acquired = asio::co_spawn(context_, held_up(), asio::use_future);
  held.get_future().wait();
  const auto holder = [&] {
    std::string found;
    EXPECT_TRUE(db_->write_now([&](store::Tx& tx) -> Result<Unit> {
      found = lease_store::find(tx, "work")->holder;
      return Unit{};
    }));
    return found;
  };
  ASSERT_EQ(holder(), "a");
  ASSERT_FALSE(first.lease.held());

  asio::io_context stopping;
  auto stopped = asio::co_spawn(stopping, first.leases.stop(), asio::use_future);
  stopping.run();
  EXPECT_TRUE(stopped.get());
  EXPECT_EQ(holder(), "") << "the next process waits for nobody";
  go_on.set_value();
  EXPECT_TRUE(acquired.get());
  EXPECT_FALSE(first.lease.held());
  EXPECT_EQ(holder(), "");

  Process second(*this, "b");
  step(second);
  EXPECT_TRUE(second.lease.held());
}

}  // namespace
}  // namespace troupe::host
