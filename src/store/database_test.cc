#include "store/database.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <latch>
#include <semaphore>
#include <thread>

#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::store {
namespace {

constexpr const char* kCreate = "CREATE TABLE item(pos INTEGER PRIMARY KEY, name TEXT UNIQUE, bytes BLOB)";
constexpr const char* kInsert = "INSERT INTO item(pos, name, bytes) VALUES (?1, ?2, ?3)";
constexpr const char* kCount = "SELECT count(*) FROM item";
constexpr const char* kNames = "SELECT name FROM item ORDER BY pos";

Result<Unit> make_table(Tx& tx) {
  tx.run(kCreate);
  return Unit{};
}

std::int64_t count(Connection& connection) { return value<std::int64_t>(connection.query(kCount)).value_or(-1); }

class DatabaseTest : public testing::Test {
 protected:
  void open(DatabaseOptions options = {}) { db_ = open_database(dir_, metrics_, options); }
  void open_at(const base::Clock& clock) {
    db_.reset();
    auto opened = Database::open(in_directory(dir_.path()), clock, metrics_);
    ASSERT_TRUE(opened) << opened.error().message();
    db_ = std::move(*opened);
  }
  void create() { ASSERT_TRUE(db_->write_now(make_table, {.savepoint = true})); }
  void open_with_table(DatabaseOptions options = {}) {
    open(options);
    ASSERT_TRUE(db_->write_now(make_table, {.savepoint = true}));
  }
  Result<Unit> insert(std::string name, WriteOptions options = {}) {
    return db_->write_now(
        [&](Tx& tx) -> Result<Unit> {
          tx.run(kInsert, tx.next_pos(), name, Value::blob("x"));
          return Unit{};
        },
        options);
  }
  std::int64_t count_now() {
    std::int64_t n = -1;
    EXPECT_TRUE(db_->read_now([&](Connection& c) -> Result<Unit> {
      n = count(c);
      return Unit{};
    }));
    return n;
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    EXPECT_TRUE(db_->read_now([&](Connection& c) -> Result<Unit> {
      out = values<std::string>(c.query(kNames));
      return Unit{};
    }));
    return out;
  }

  TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<Database> db_;
};

/// Keeps the writer busy until released, so that what is queued behind it forms one batch.
class Gate {
 public:
  explicit Gate(Database& db)
      : thread_([this, &db] {
          auto held = db.write_now([this](Tx&) -> Result<Unit> {
            entered_.release();
            open_.acquire();
            return Unit{};
          });
          EXPECT_TRUE(held);
        }) {
    entered_.acquire();
  }
  ~Gate() { release(); }
  void release() {
    if (!thread_.joinable()) return;
    open_.release();
    thread_.join();
  }

 private:
  std::binary_semaphore entered_{0};
  std::binary_semaphore open_{0};
  std::thread thread_;
};

Task<std::int64_t> write_one(Database& db, std::string name, WriteOptions options) {
  auto insert = [&](Tx& tx) -> Result<std::int64_t> {
    const auto pos = tx.next_pos();
    tx.run(kInsert, pos, name, Value::blob(name));
    return pos;
  };
  CO_TRY(auto pos, co_await db.write(insert, options));
  co_return pos;
}

TEST_F(DatabaseTest, WritesThenReads) {
  open_with_table();
  EXPECT_EQ(db_->head(), 0);
  ASSERT_TRUE(insert("a"));
  ASSERT_TRUE(insert("b"));
  EXPECT_EQ(db_->head(), 2);
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(DatabaseTest, PositionsGoOnBehindTheReservedBlock) {
  base::ManualClock clock;
  open_at(clock);
  EXPECT_EQ(db_->head(), 0);
  create();
  ASSERT_TRUE(insert("a"));
  open_at(clock);
  EXPECT_EQ(db_->head(), 10'000);
  ASSERT_TRUE(insert("b"));
  EXPECT_EQ(db_->head(), 10'001);
  ASSERT_TRUE(db_->write_now([](Tx& tx) -> Result<Unit> {
    for (int i = 0; i < 25'000; ++i) tx.next_pos();
    EXPECT_EQ(tx.last_pos(), 35'001);
    return Unit{};
  }));
  open_at(clock);
  EXPECT_EQ(db_->head(), 40'000);
  clock.advance(std::chrono::hours(-3));  // set back: nothing is left out, nothing comes twice
  open_at(clock);
  EXPECT_EQ(db_->head(), 50'000);
}

TEST_F(DatabaseTest, ARestoredCopyUsesNoPositionOfWhatWasLost) {
  TROUPE_SQLITE_ONLY();
  base::ManualClock clock;
  const auto copy = dir_.path() / "copy.db";
  const auto file = dir_.path() / "troupe.db";
  open_at(clock);
  create();
  ASSERT_TRUE(insert("kept"));
  db_.reset();
  std::filesystem::copy_file(file, copy);
  open_at(clock);
  ASSERT_TRUE(db_->write_now([](Tx& tx) -> Result<Unit> {  // a busy afternoon after the copy was made
    for (int i = 0; i < 300'000; ++i) tx.next_pos();
    return Unit{};
  }));
  const auto lost_head = db_->head();
  db_.reset();
  clock.advance(std::chrono::hours(5));
  std::filesystem::copy_file(copy, file, std::filesystem::copy_options::overwrite_existing);
  open_at(clock);
  EXPECT_GE(db_->head(), lost_head);
  ASSERT_TRUE(insert("new"));
  EXPECT_GT(db_->head(), lost_head);
  EXPECT_EQ(names(), (std::vector<std::string>{"kept", "new"}));
}

TEST_F(DatabaseTest, CoroutinesComeBackOnTheirOwnThread) {
  open_with_table();
  asio::io_context context;
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    asio::co_spawn(
        context,
        [&, i]() -> asio::awaitable<void> {
          const auto before = std::this_thread::get_id();
          auto pos = co_await write_one(*db_, "n" + std::to_string(i), {});
          EXPECT_TRUE(pos);
          EXPECT_EQ(std::this_thread::get_id(), before);
          auto n = co_await db_->read([](Connection& c) -> Result<std::int64_t> { return count(c); });
          EXPECT_TRUE(n);
          EXPECT_GT(n.value_or(0), 0);
          EXPECT_EQ(std::this_thread::get_id(), before);
          ++done;
        },
        [](std::exception_ptr e) { EXPECT_FALSE(e); });
  }
  context.run();
  EXPECT_EQ(done, 100);
  EXPECT_EQ(count_now(), 100);
}

TEST_F(DatabaseTest, FailureWithoutChangeLeavesTheBatchAlone) {
  open_with_table();
  auto refused = db_->write_now([](Tx&) -> Result<Unit> { return Error(Errc::forbidden, "no"); });
  EXPECT_EQ(refused.error().code(), Errc::forbidden);
  EXPECT_EQ(metrics_.counter("troupe_store_batch_reruns_total", "").value(), 0U);
}

TEST_F(DatabaseTest, FailureAfterAChangeIsUndoneAlone) {
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
            auto result = co_await db_->write([&](Tx& tx) -> Result<Unit> {
              tx.run(kInsert, tx.next_pos(), "n" + std::to_string(i), nullptr);
              if (i == 5) return Error(Errc::conflict, "changed my mind");
              return Unit{};
            });
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

TEST_F(DatabaseTest, SavepointSavesTheBatchFromRunningAgain) {
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

TEST_F(DatabaseTest, ExceptionsBecomeErrors) {
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

TEST_F(DatabaseTest, AfterCommitRunsOnlyForWhatCommitted) {
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

TEST_F(DatabaseTest, LanesGoInOrder) {
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

TEST_F(DatabaseTest, LowerLanesAreNotStarved) {
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

TEST_F(DatabaseTest, SlowOperationsAreCommittedWithoutTheRest) {
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
            auto slow = co_await db_->write([](Tx&) -> Result<Unit> {
              const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(25);
              while (std::chrono::steady_clock::now() < end) {
              }
              return Unit{};
            });
            EXPECT_TRUE(slow);
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

TEST_F(DatabaseTest, ACallersExceptionLeavesTheOthersAlone) {
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

TEST_F(DatabaseTest, BlockingCallsOnTheWriterThreadAreRefused) {
  open_with_table();
  ASSERT_TRUE(db_->write_now([&](Tx&) -> Result<Unit> {
    EXPECT_EQ(insert("inner").error().code(), Errc::internal);
    return Unit{};
  }));
}

TEST_F(DatabaseTest, TheFileShrinksAfterMuchWasDeleted) {
  TROUPE_SQLITE_ONLY();
  open_with_table();
  ASSERT_TRUE(db_->write_now([](Tx& tx) -> Result<Unit> {
    const std::string bytes(100'000, 'x');
    for (int i = 0; i < 200; ++i) tx.run(kInsert, tx.next_pos(), std::to_string(i), Value::blob(bytes));
    return Unit{};
  }));
  db_.reset();
  const auto file = dir_.path() / "troupe.db";
  EXPECT_GT(std::filesystem::file_size(file), 20'000'000U);
  open();
  ASSERT_TRUE(db_->write_now([](Tx& tx) -> Result<Unit> {
    tx.run("DELETE FROM item");
    return Unit{};
  }));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(insert("new" + std::to_string(i)));
  db_.reset();
  EXPECT_LT(std::filesystem::file_size(file), 10'000'000U);
}

TEST_F(DatabaseTest, FullQueueIsRefusedAndRecovers) {
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

TEST_F(DatabaseTest, StopFinishesWhatIsQueued) {
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

TEST_F(DatabaseTest, ReadsSeeOneSnapshot) {
  open_with_table();
  std::binary_semaphore counted(0);
  std::binary_semaphore written(0);
  std::thread reader([&] {
    EXPECT_TRUE(db_->read_now([&](Connection& c) -> Result<Unit> {
      const auto before = count(c);
      counted.release();
      written.acquire();
      EXPECT_EQ(count(c), before);
      return Unit{};
    }));
  });
  counted.acquire();
  EXPECT_TRUE(insert("a"));
  written.release();
  reader.join();
  EXPECT_EQ(count_now(), 1);
}

TEST_F(DatabaseTest, BellRingsOncePerBatchAfterPublication) {
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

TEST_F(DatabaseTest, ForeignAndNewerFilesAreRefused) {
  TROUPE_SQLITE_ONLY();
  open();
  ASSERT_TRUE(db_->write_now([](Tx& tx) -> Result<Unit> {
    tx.run("UPDATE store_meta SET value = '99' WHERE key = 'format'");
    tx.run("UPDATE store_meta SET value = '9.1.0' WHERE key = 'oldest_program'");
    return Unit{};
  }));
  db_.reset();
  auto newer = Database::open({.file = dir_.path() / "troupe.db"}, base::system_clock(), metrics_);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code(), Errc::conflict);
  EXPECT_NE(newer.error().message().find("9.1.0"), std::string::npos) << newer.error().message();

  {
    std::FILE* file = std::fopen((dir_.path() / "text.db").c_str(), "w");
    for (int i = 0; i < 1000; ++i) std::fputs("this is not a database ", file);
    std::fclose(file);
  }
  auto text = Database::open({.file = dir_.path() / "text.db"}, base::system_clock(), metrics_);
  EXPECT_EQ(text.error().code(), Errc::conflict) << text.error().message();
  auto nowhere = Database::open({.file = dir_.path() / "no" / "such.db"}, base::system_clock(), metrics_);
  EXPECT_EQ(nowhere.error().code(), Errc::unavailable);
}

TEST_F(DatabaseTest, MigrationsApplyOnceAndNoticeChanges) {
  open();
  const Migration first[] = {{1, "start", "CREATE TABLE a(x INTEGER); CREATE TABLE b(x INTEGER);"}};
  ASSERT_TRUE(migrate(*db_, "test", first));
  ASSERT_TRUE(migrate(*db_, "test", first));
  const Migration both[] = {first[0],
                            {2, "more", "ALTER TABLE a ADD COLUMN y TEXT; INSERT INTO a(x, y) VALUES (1, 'z');"}};
  ASSERT_TRUE(migrate(*db_, "test", both));
  EXPECT_EQ(migrate(*db_, "test", first).error().code(), Errc::conflict);  // the database holds number 2
  const Migration altered[] = {{1, "start", "CREATE TABLE a(x TEXT);"}, both[1]};
  EXPECT_EQ(migrate(*db_, "test", altered).error().code(), Errc::conflict);
  const Migration broken[] = {both[0], both[1], {3, "broken", "CREATE TABLE c(x INTEGER); CREATE TABLE a(x INTEGER);"}};
  EXPECT_FALSE(migrate(*db_, "test", broken));
  const Migration mended[] = {both[0], both[1], {3, "mended", "CREATE TABLE c(x INTEGER);"}};
  EXPECT_TRUE(migrate(*db_, "test", mended));                                   // nothing of number 3 had stayed
  EXPECT_TRUE(migrate(*db_, "other", first).error().code() == Errc::internal);  // table a exists
  const Migration disorder[] = {{2, "b", ""}, {1, "a", ""}};
  EXPECT_EQ(migrate(*db_, "third", disorder).error().code(), Errc::internal);
}

TEST_F(DatabaseTest, ManyCoroutinesOnSeveralContexts) {
  open_with_table();
  constexpr int kThreads = 3;
  constexpr int kPerThread = 40;
  constexpr int kRounds = 25;
  std::vector<std::vector<std::int64_t>> positions(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      asio::io_context context;
      for (int c = 0; c < kPerThread; ++c) {
        asio::co_spawn(
            context,
            [&, t, c]() -> asio::awaitable<void> {
              for (int i = 0; i < kRounds; ++i) {
                const auto lane = static_cast<Lane>(i % 3);
                auto pos = co_await write_one(*db_, std::to_string((t * 1000 + c) * 1000 + i), {.lane = lane});
                EXPECT_TRUE(pos);
                positions[static_cast<std::size_t>(t)].push_back(pos.value_or(0));
              }
            },
            [](std::exception_ptr e) { EXPECT_FALSE(e); });
      }
      context.run();
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::int64_t> unique;
  for (const auto& list : positions) unique.insert(list.begin(), list.end());
  EXPECT_EQ(unique.size(), static_cast<std::size_t>(kThreads * kPerThread * kRounds));
  EXPECT_EQ(count_now(), kThreads * kPerThread * kRounds);
  EXPECT_EQ(db_->head(), kThreads * kPerThread * kRounds);
}

}  // namespace
}  // namespace troupe::store
