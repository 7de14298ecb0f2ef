#include "store/database.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <latch>
#include <semaphore>
#include <thread>

#include "store/database_fixture.h"
#include "store/migrations.h"

namespace troupe::store {
namespace {

using namespace testing_database;

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

TEST_F(DatabaseTest, AFileThatHasLostItsEndIsNotOpened) {
  TROUPE_SQLITE_ONLY();
  const auto file = dir_.path() / "troupe.db";
  open_with_table();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(insert(std::string(200, 'x') + std::to_string(i)));
  db_.reset();
  const auto whole = std::filesystem::file_size(file);
  for (const std::uintmax_t missing : {1, 100, 4'000}) {
    std::filesystem::resize_file(file, whole - missing);
    auto opened = Database::open({.file = file}, base::system_clock(), metrics_);
    ASSERT_FALSE(opened) << missing;
    EXPECT_NE(opened.error().message().find("backup"), std::string::npos) << opened.error().message();
    EXPECT_EQ(std::filesystem::file_size(file), whole - missing) << "nothing is written";
    std::filesystem::resize_file(file, whole);
  }
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
