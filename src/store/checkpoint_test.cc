#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>
#include <latch>
#include <thread>

#include "store/fault_plan.h"
#include "store/log_room.h"
#include "store/test_database.h"
#include "store/write_log.h"

namespace troupe::store {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCreate = "CREATE TABLE item(pos INTEGER PRIMARY KEY, bytes BLOB)";
constexpr const char* kInsert = "INSERT INTO item(pos, bytes) VALUES (?1, ?2)";

class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override { TROUPE_SQLITE_ONLY(); }
  void open(DatabaseOptions options) {
    db_ = open_database(dir_, metrics_, options);
    ASSERT_TRUE(db_->write_now(
        [](Tx& tx) -> Result<Unit> {
          tx.run(kCreate);
          return Unit{};
        },
        {.savepoint = true}));
  }
  /// About one MiB in sixteen commits.
  void write_mebibyte() {
    const std::string bytes(64U << 10, 'x');
    for (int i = 0; i < 16; ++i) {
      ASSERT_TRUE(db_->write_now([&](Tx& tx) -> Result<Unit> {
        tx.run(kInsert, tx.next_pos(), Value::blob(bytes));
        return Unit{};
      }));
    }
  }
  std::uint64_t log_bytes() const { return std::filesystem::file_size(dir_.path() / "troupe.db-wal"); }
  std::uint64_t checkpoints(const char* mode) {
    return metrics_.counter("troupe_store_checkpoints_total", "", {"mode"}).with({mode}).value();
  }

  TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<Database> db_;
};

TEST_F(CheckpointTest, TheLogStaysShortUnderLoad) {
  open({.wal_restart_bytes = 2U << 20});
  for (int i = 0; i < 64; ++i) write_mebibyte();
  // SQLite begins a log anew by itself where all of it was copied in time; "restart" is for a disk that is slower.
  EXPECT_GT(checkpoints("passive"), 0U);
  EXPECT_LT(log_bytes(), 32U << 20);  // 64 MiB went through
  EXPECT_GT(std::filesystem::file_size(dir_.path() / "troupe.db"), 30U << 20);
}

TEST_F(CheckpointTest, WhatWasDeletedIsInNoFileOnceTheLogIsEmpty) {
  open({});
  const std::string bytes = "only-here-" + std::string(100, 'x');
  const auto change = [&](auto... sql) {
    ASSERT_TRUE(db_->write_now([&](Tx& tx) -> Result<Unit> {
      tx.run(sql...);
      return Unit{};
    }));
  };
  change(kInsert, 1, Value::blob(bytes));
  const auto is_in_a_file = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string all(std::istreambuf_iterator<char>(file), {});
      if (all.contains("only-here-")) return true;
    }
    return false;
  };
  EXPECT_TRUE(is_in_a_file());
  change("DELETE FROM item");
  EXPECT_TRUE(is_in_a_file());
  // A reader that began before holds the log; once it is gone nothing does.
  std::latch reading(1);
  std::latch leave(1);
  std::thread reader([&] {
    EXPECT_TRUE(db_->read_now([&](Connection& c) -> Result<Unit> {
      number(c.query("SELECT count(*) FROM item"));
      reading.count_down();
      leave.wait();
      return Unit{};
    }));
  });
  reading.wait();
  asio::io_context io;
  auto emptied = asio::co_spawn(io, empty_log(*db_), asio::use_future);
  std::thread runner([&] { io.run(); });
  EXPECT_EQ(emptied.wait_for(200ms), std::future_status::timeout);
  leave.count_down();
  reader.join();
  const auto outcome = emptied.get();
  runner.join();
  EXPECT_TRUE(outcome);
  EXPECT_FALSE(is_in_a_file());
  EXPECT_EQ(log_bytes(), 0U);
  write_mebibyte();  // and it goes on
  EXPECT_GT(log_bytes(), 1U << 20);
}

TEST(LogRoomTest, WhatFailedIsTriedAgainAfterARest) {
  const TempDir dir;
  const auto log = dir.path() / "troupe.db-wal";
  base::ManualClock clock;
  LogRoom room(log, [] { return 1ULL; }, clock);
  room.keep(2U << 20);
  ASSERT_TRUE(room.due());
  room.extend();  // there is no log: it cannot be made longer
  EXPECT_FALSE(room.due());
  std::ofstream(log) << "log";
  clock.advance(LogRoom::kTryAgain - 1ms);
  EXPECT_FALSE(room.due());
  clock.advance(1ms);
  ASSERT_TRUE(room.due());
  room.extend();
  EXPECT_GE(std::filesystem::file_size(log), 2U << 20);
  EXPECT_FALSE(room.due());
}

TEST_F(CheckpointTest, TheLogHasRoomAheadOfTheWriterAndIsReadToItsEndAllTheSame) {
  open({});
  keep_room_in_log(*db_, 2U << 20);
  const auto grown_to = [&](std::uint64_t bytes) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (log_bytes() < bytes && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
    EXPECT_GE(log_bytes(), bytes);
  };
  grown_to(2U << 20);
  for (int i = 0; i < 12; ++i) write_mebibyte();  // while more is made
  grown_to(24U << 20);
  // What a killed process leaves: all that was committed, and zeros.
  const TempDir left;
  for (const char* file : {"troupe.db", "troupe.db-wal"}) {
    std::filesystem::copy_file(dir_.path() / file, left.path() / file);
  }
  base::MetricRegistry metrics;
  const auto again = open_database(left, metrics);
  EXPECT_TRUE(again->read_now([&](Connection& c) -> Result<Unit> {
    EXPECT_EQ(number(c.query("SELECT count(*) FROM item")), 12 * 16);
    EXPECT_EQ(value<std::string>(c.query("PRAGMA integrity_check")), "ok");
    return Unit{};
  }));
  asio::io_context io;
  auto emptied = asio::co_spawn(io, empty_log(*db_), asio::use_future);
  io.run();
  EXPECT_TRUE(emptied.get());
  EXPECT_EQ(log_bytes(), 0U);  // and stays so until there is a commit
  write_mebibyte();
  grown_to(2U << 20);
}

TEST_F(CheckpointTest, AReaderThatStaysTooLongIsCancelled) {
  open({.wal_restart_bytes = 1U << 20, .wal_cancel_bytes = 4U << 20, .reader_patience = 1ms});
  std::latch started(1);
  Result<Unit> outcome = Unit{};
  std::thread reader([&] {
    outcome = db_->read_now([&](Connection& c) -> Result<Unit> {
      auto first = c.query("SELECT count(*) FROM item");
      first.next();
      started.count_down();
      auto endless = c.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n");
      endless.next();
      return Unit{};
    });
  });
  started.wait();
  auto& cancelled = metrics_.counter("troupe_store_reads_cancelled_total", "");
  for (int i = 0; i < 200 && cancelled.value() == 0; ++i) write_mebibyte();
  reader.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), Errc::unavailable);
  for (int i = 0; i < 8; ++i) write_mebibyte();
  EXPECT_TRUE(db_->read_now([](Connection& c) -> Result<Unit> {  // the same connection serves again
    auto rows = c.query("SELECT count(*) FROM item");
    EXPECT_TRUE(rows.next());
    return Unit{};
  }));
}

TEST_F(CheckpointTest, ACancelledReaderBetweenStatementsEndsAtItsNext) {
  open({.wal_restart_bytes = 1U << 20, .wal_cancel_bytes = 4U << 20, .reader_patience = 1ms});
  std::latch started(1);
  std::latch cancelled_now(1);
  Result<Unit> outcome = Unit{};
  std::thread reader([&] {
    outcome = db_->read_now([&](Connection& c) -> Result<Unit> {
      for (int i = 0; i < 2; ++i) {
        auto rows = c.query("SELECT count(*) FROM item");
        rows.next();
        if (i == 0) {
          started.count_down();
          cancelled_now.wait();
        }
      }
      return Unit{};
    });
  });
  started.wait();
  auto& cancelled = metrics_.counter("troupe_store_reads_cancelled_total", "");
  for (int i = 0; i < 200 && cancelled.value() == 0; ++i) write_mebibyte();
  cancelled_now.count_down();
  reader.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), Errc::unavailable);
}

TEST_F(CheckpointTest, FailingCheckpointsAreSaidCountedAndStopBulkWork) {
  FaultPlan plan;
  open({.wal_restart_bytes = 1U << 20, .wal_refuse_bulk_bytes = 6U << 20, .faults = &plan});
  const auto nothing = [](Tx&) -> Result<Unit> { return Unit{}; };
  EXPECT_FALSE(db_->trouble(Trouble::checkpoint));
  EXPECT_TRUE(db_->write_now(nothing, {.lane = Lane::bulk}));
  plan.fail_checkpoints(true);
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  for (int i = 0; i < 8; ++i) write_mebibyte();
  while (!db_->trouble(Trouble::checkpoint)) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  EXPECT_GT(metrics_.counter("troupe_store_checkpoint_failures_total", "", {"mode"}).with({"passive"}).value(), 0U);
  EXPECT_FALSE(db_->trouble(Trouble::writing));  // what people send goes on
  const auto bulk = db_->write_now(nothing, {.lane = Lane::bulk});
  ASSERT_FALSE(bulk);
  EXPECT_EQ(bulk.error().code(), Errc::unavailable);
  EXPECT_GT(bulk.error().retry_after().count(), 0);
  EXPECT_TRUE(db_->write_now(nothing));
  plan.fail_checkpoints(false);  // it heals by itself, without a write
  while (db_->trouble(Trouble::checkpoint) || !db_->write_now(nothing, {.lane = Lane::bulk})) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(10ms);
  }
}

TEST_F(CheckpointTest, CloseLeavesNoLogBehind) {
  open({});
  write_mebibyte();
  EXPECT_GT(log_bytes(), 0U);
  db_.reset();
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "troupe.db-wal"));
}

}  // namespace
}  // namespace troupe::store
