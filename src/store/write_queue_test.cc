// What the writer makes of many operations at once: batches, their failures, lanes, a queue that is full.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <latch>

#include "store/database_fixture.h"

namespace troupe::store {
namespace {

using namespace testing_database;
using WriteQueueTest = DatabaseTest;

TEST_F(WriteQueueTest, FailureWithoutChangeLeavesTheBatchAlone) {
  open_with_table();
  auto refused = db_->write_now([](Tx&) -> Result<Unit> { return Error(Errc::forbidden, "no"); });
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  EXPECT_EQ(metrics_.counter("troupe_store_batch_reruns_total", "").value(), 0U);
}

TEST_F(WriteQueueTest, FailureAfterAChangeIsUndoneAlone) {
  open_with_table();
  asio::io_context context;
  int ok = 0;
  int failed = 0;
  {
    Gate gate(*db_);
    for (int i = 0; i < 10; ++i) {
      asio::co_spawn(
          context,
          [&, i]() -> asio::awaitable<void> {
            auto insert = [&](Tx& tx) -> Result<Unit> {
              tx.run(kInsert, tx.next_pos(), "n" + std::to_string(i), nullptr);
              if (i == 5) return Error(Errc::conflict, "changed my mind");
              return Unit{};
            };
            auto result = co_await db_->write(insert);
            result ? ++ok : ++failed;
          },
          [](std::exception_ptr e) { EXPECT_FALSE(e); });
    }
    context.poll();
    gate.release();
  }
  context.restart();
  context.run();
  EXPECT_EQ(ok, 9);
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(count_now(), 9);
  // Once, unless the machine was so slow that the batch was cut in two.
  EXPECT_GE(metrics_.counter("troupe_store_batch_reruns_total", "").value(), 1U);
}

TEST_F(WriteQueueTest, SavepointSavesTheBatchFromRunningAgain) {
  open_with_table();
  ASSERT_TRUE(insert("a"));
  auto twice = insert("a", {.savepoint = true});  // the name is unique
  EXPECT_EQ(twice.error().code(), Errc::internal);
  auto changed = db_->write_now(
      [](Tx& tx) -> Result<Unit> {
        tx.run(kInsert, tx.next_pos(), "b", nullptr);
        return Error(Errc::conflict, "no");
      },
      {.savepoint = true});
  EXPECT_FALSE(changed);
  EXPECT_EQ(count_now(), 1);
  EXPECT_EQ(metrics_.counter("troupe_store_batch_reruns_total", "").value(), 0U);
}

TEST_F(WriteQueueTest, ExceptionsBecomeErrors) {
  open_with_table();
  auto thrown = db_->write_now([](Tx&) -> Result<Unit> { throw std::runtime_error("boom"); });
  EXPECT_EQ(thrown.error().code(), Errc::internal);
  auto bad_sql = db_->read_now([](Connection& c) -> Result<Unit> {
    c.run("SELEC 1");
    return Unit{};
  });
  EXPECT_EQ(bad_sql.error().code(), Errc::internal);
  auto write_in_read = db_->read_now([](Connection& c) -> Result<Unit> {
    c.run("DELETE FROM item");
    return Unit{};
  });
  EXPECT_FALSE(write_in_read);
  EXPECT_TRUE(insert("still works"));
}

TEST_F(WriteQueueTest, AfterCommitRunsOnlyForWhatCommitted) {
  open_with_table();
  std::vector<int> ran;
  ASSERT_TRUE(db_->write_now([&](Tx& tx) -> Result<Unit> {
    tx.after_commit([&] { ran.push_back(1); });
    return Unit{};
  }));
  ASSERT_FALSE(db_->write_now([&](Tx& tx) -> Result<Unit> {
    tx.after_commit([&] { ran.push_back(2); });
    return Error(Errc::conflict, "no");
  }));
  EXPECT_EQ(ran, std::vector<int>{1});
}

TEST_F(WriteQueueTest, LanesGoInOrder) {
  open_with_table();
  asio::io_context context;
  {
    Gate gate(*db_);
    for (auto [name, lane] : {std::pair{"bulk", Lane::bulk}, {"receipt", Lane::receipts}, {"send", Lane::send}}) {
      asio::co_spawn(context, write_one(*db_, name, {.lane = lane}), [](std::exception_ptr, Result<std::int64_t>) {});
      context.poll();
    }
    gate.release();
  }
  context.restart();
  context.run();
  EXPECT_EQ(names(), (std::vector<std::string>{"send", "receipt", "bulk"}));
}

TEST_F(WriteQueueTest, LowerLanesAreNotStarved) {
  open_with_table({.batch_limit = 1});
  asio::io_context context;
  {
    Gate gate(*db_);
    const auto ignore = [](std::exception_ptr, Result<std::int64_t>) {};
    asio::co_spawn(context, write_one(*db_, "bulk", {.lane = Lane::bulk}), ignore);
    for (int i = 0; i < 100; ++i) asio::co_spawn(context, write_one(*db_, std::to_string(i), {}), ignore);
    context.poll();
    gate.release();
  }
  context.restart();
  context.run();
  const auto order = names();
  ASSERT_EQ(order.size(), 101U);
  const auto at = std::ranges::find(order, "bulk") - order.begin();
  EXPECT_GT(at, 10);
  EXPECT_LT(at, 60);
}

TEST_F(WriteQueueTest, SlowOperationsAreCommittedWithoutTheRest) {
  open_with_table();
  auto& batches = metrics_.counter("troupe_store_batches_total", "");
  asio::io_context context;
  std::uint64_t before = 0;
  {
    Gate gate(*db_);
    for (int i = 0; i < 3; ++i) {
      asio::co_spawn(
          context,
          [&]() -> asio::awaitable<void> {
            auto take_long = [](Tx&) -> Result<Unit> {
              const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(25);
              while (std::chrono::steady_clock::now() < end) {
              }
              return Unit{};
            };
            EXPECT_TRUE(co_await db_->write(take_long));
          },
          [](std::exception_ptr e) { EXPECT_FALSE(e); });
    }
    context.poll();
    before = batches.value();
    gate.release();
  }
  context.restart();
  context.run();
  EXPECT_EQ(batches.value() - before, 4U);  // the gate's own, and one for each
}

TEST_F(WriteQueueTest, ACallersExceptionLeavesTheOthersAlone) {
  open_with_table();
  asio::io_context context;
  int ok = 0;
  {
    Gate gate(*db_);
    for (int i = 0; i < 5; ++i) {
      asio::co_spawn(context, write_one(*db_, std::to_string(i), {}), [&, i](std::exception_ptr, Result<std::int64_t>) {
        if (i == 1) throw std::runtime_error("a caller's own");
        ++ok;
      });
    }
    context.poll();
    gate.release();
  }
  context.restart();
  EXPECT_THROW(context.run(), std::runtime_error);
  context.run();
  EXPECT_EQ(ok, 4);
}

TEST_F(WriteQueueTest, BlockingCallsOnTheWriterThreadAreRefused) {
  open_with_table();
  ASSERT_TRUE(db_->write_now([&](Tx&) -> Result<Unit> {
    EXPECT_EQ(insert("inner").error().code(), Errc::internal);
    return Unit{};
  }));
}

TEST_F(WriteQueueTest, FullQueueIsRefusedAndRecovers) {
  open_with_table({.queue_limit = 8});
  asio::io_context context;
  int ok = 0;
  int refused = 0;
  {
    Gate gate(*db_);
    for (int i = 0; i < 20; ++i) {
      asio::co_spawn(context, write_one(*db_, std::to_string(i), {}), [&](std::exception_ptr, Result<std::int64_t> r) {
        if (r) {
          ++ok;
        } else {
          EXPECT_EQ(r.error().code(), Errc::unavailable);
          EXPECT_EQ(r.error().retry_after(), std::chrono::seconds(1));
          ++refused;
        }
      });
    }
    context.poll();
    EXPECT_EQ(refused, 12);
    gate.release();
  }
  context.restart();
  context.run();
  EXPECT_EQ(ok, 8);
  EXPECT_TRUE(insert("after"));
}

TEST_F(WriteQueueTest, StopFinishesWhatIsQueued) {
  open_with_table();
  asio::io_context context;
  std::optional<Gate> gate(*db_);
  int ok = 0;
  for (int i = 0; i < 50; ++i) {
    asio::co_spawn(context, write_one(*db_, std::to_string(i), {}),
                   [&](std::exception_ptr, Result<std::int64_t> r) { ok += r ? 1 : 0; });
  }
  context.poll();
  std::thread stopper([&] { db_->stop(); });
  gate.reset();
  stopper.join();
  context.restart();
  context.run();
  EXPECT_EQ(ok, 50);
  auto late = insert("late");
  EXPECT_EQ(late.error().code(), Errc::unavailable);
}

TEST_F(WriteQueueTest, BellRingsOncePerBatchAfterPublication) {
  open_with_table();
  std::vector<StreamPos> rung;
  db_->on_head([&](StreamPos head) {
    EXPECT_EQ(db_->head(), head);
    rung.push_back(head);
  });
  ASSERT_TRUE(insert("a"));
  ASSERT_TRUE(db_->write_now([](Tx& tx) -> Result<Unit> {
    tx.next_pos();
    tx.next_pos();
    return Unit{};
  }));
  ASSERT_TRUE(db_->write_now([](Tx&) -> Result<Unit> { return Unit{}; }));
  EXPECT_EQ(rung, (std::vector<StreamPos>{1, 3}));
}

}  // namespace
}  // namespace troupe::store
