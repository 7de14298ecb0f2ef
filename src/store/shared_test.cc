// Several processes on one PostgreSQL database, played by several Databases. Nothing of this exists on SQLite.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <random>
#include <thread>

#include "store/migrations.h"
#include "store/shared_fixture.h"

namespace troupe::store {
namespace {

using namespace testing_shared;

TEST_F(SharedTest, AnOperationFindsMemoryThatHasHeardOfEverything) {
  EXPECT_TRUE(a->db->shared());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(a->say("a" + std::to_string(i)));
    std::size_t heard = 0;
    StreamPos head = 0;
    ASSERT_TRUE(b->write([&](Tx& tx) -> Result<Unit> {
      heard = b->words().size();
      head = tx.last_pos();
      return Unit{};
    }));
    EXPECT_EQ(heard, static_cast<std::size_t>(i + 1));
    EXPECT_EQ(head, a->db->head());
    EXPECT_EQ(b->db->head(), a->db->head());
  }
  EXPECT_TRUE(a->words().empty());  // one's own notes do not come back
}

TEST_F(SharedTest, AQuietProcessFollowsByItself) {
  ASSERT_TRUE(a->say("first"));
  EXPECT_TRUE(b->wait([&] { return b->rung == a->db->head() && b->heard.size() == 1; }));
  ASSERT_TRUE(a->say("second"));
  const auto start = std::chrono::steady_clock::now();
  b->db->follow();
  EXPECT_TRUE(b->wait([&] { return b->rung == a->db->head() && b->heard.size() == 2; }));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 25s);
}

TEST_F(SharedTest, FailedOperationsAnnounceNothing) {
  ASSERT_FALSE(a->write([](Tx& tx) -> Result<Unit> {
    tx.announce("word", "never");
    return Error(Errc::conflict, "no");
  }));
  ASSERT_FALSE(a->db->write_now(
      [](Tx& tx) -> Result<Unit> {
        tx.announce("word", "never");
        return Error(Errc::conflict, "no");
      },
      {.savepoint = true}));
  ASSERT_FALSE(a->write([](Tx& tx) -> Result<Unit> {
    tx.announce("word", std::string((1U << 20) + 1, 'x'));
    return Unit{};
  }));
  ASSERT_TRUE(a->say("this"));
  ASSERT_TRUE(b->wait([&] { return !b->heard.empty(); }));
  EXPECT_EQ(b->words(), std::vector<std::string>{"this"});
}

TEST_F(SharedTest, AHandlerThatThrowsGetsTheNoteAgain) {
  int calls = 0;
  b->db->on_announcement("word", [&](Connection&, const Announcement&) {
    if (++calls == 1) throw std::runtime_error("not now");
  });
  ASSERT_TRUE(b->write([](Tx&) -> Result<Unit> { return Unit{}; }));  // from here on it is registered
  ASSERT_TRUE(a->say("insistent"));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!b->write([](Tx&) -> Result<Unit> { return Unit{}; }) || b->words().size() < 2) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  EXPECT_EQ(calls, 2);
}

TEST_F(SharedTest, LostNotesAreSaid) {
  outside("UPDATE stream SET notes = notes + 5, pruned = notes + 5 RETURNING 1");
  ASSERT_TRUE(b->write([](Tx&) -> Result<Unit> { return Unit{}; }));
  EXPECT_TRUE(b->lost);
}

TEST_F(SharedTest, AHandlerThatThrowsIsToldAgainThatNotesWereLost) {
  std::atomic<int> told{0};
  b->db->on_foreign_head([&](Connection&, const ForeignCommits& commits) {
    if (!commits.announcements_lost) return;
    if (++told == 1) throw std::runtime_error("the connection broke while memory was read again");
  });
  ASSERT_TRUE(b->write([](Tx&) -> Result<Unit> { return Unit{}; }));  // from here on it is registered
  outside("UPDATE stream SET notes = notes + 5, pruned = notes + 5 RETURNING 1");
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (told < 2) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    (void)b->write([](Tx&) -> Result<Unit> { return Unit{}; });
    std::this_thread::yield();
  }
}

TEST_F(SharedTest, ANoteWithoutAPositionWhoseFollowUpThrewIsFollowedUpWithoutAnotherCommit) {
  std::atomic<int> followed{0};
  b->db->on_foreign_head([&](Connection&, const ForeignCommits&) {
    if (++followed == 1) throw std::runtime_error("not now");
  });
  ASSERT_TRUE(b->write([](Tx&) -> Result<Unit> { return Unit{}; }));
  ASSERT_TRUE(a->write([](Tx& tx) -> Result<Unit> {
    tx.announce("word", "a sign-out: it takes no position");
    return Unit{};
  }));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (followed < 2) {  // b looks by itself
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(5ms);
  }
}

TEST_F(SharedTest, MemoryIsReadAgainWhileNobodyWaits) {
  std::atomic<bool> told{false};
  std::atomic<bool> locked{false};
  b->db->on_foreign_head([&](Connection&, const ForeignCommits& commits) {
    if (!commits.announcements_lost) return;
    told = true;
    try {  // another process's batch would begin like this
      outside("SELECT head FROM stream WHERE id = 1 FOR UPDATE NOWAIT");
    } catch (const SqlError&) {
      locked = true;
    }
  });
  for (int i = 0; i < 20; ++i) {  // now and then the look comes before the write, which shows nothing
    told = false;
    ASSERT_TRUE(b->write([](Tx&) -> Result<Unit> { return Unit{}; }));
    outside("UPDATE stream SET notes = notes + 5, pruned = notes + 5 RETURNING 1");
    ASSERT_TRUE(b->write([](Tx&) -> Result<Unit> { return Unit{}; }));
    EXPECT_TRUE(told);
    ASSERT_FALSE(locked) << "round " << i;
  }
}

TEST_F(SharedTest, ARunningProgramStopsWritingWhenANewerOneMigrates) {
  const Migration first{.number = 1, .name = "first", .sql = "CREATE TABLE thing (id INTEGER PRIMARY KEY)"};
  const Migration second{.number = 2, .name = "second", .sql = "CREATE TABLE other (id INTEGER PRIMARY KEY)"};
  const Migration older[] = {first};
  const Migration newer[] = {first, second};
  ASSERT_TRUE(migrate(*a->db, "things", older));
  ASSERT_TRUE(migrate(*b->db, "things", older));
  ASSERT_TRUE(a->say("before"));
  ASSERT_TRUE(b->say("before, too"));
  Process c(dir);  // the new version comes up beside the two
  ASSERT_TRUE(migrate(*c.db, "things", newer));
  for (auto* old : {&*a, &*b}) {
    const auto refused = old->say("never");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::unavailable);
    ASSERT_TRUE(old->db->trouble());
    EXPECT_NE(old->db->trouble()->find("newer Troupe"), std::string::npos) << *old->db->trouble();
    EXPECT_TRUE(old->db->read_now([](Connection&) -> Result<Unit> { return Unit{}; }));
  }
  EXPECT_TRUE(c.say("after"));
  EXPECT_EQ(items().size(), 3U);
}

TEST_F(SharedTest, ForeignTablesAndNewerFormatsAreRefused) {
  outside("UPDATE store_meta SET value = '99' WHERE key = 'format' RETURNING 1");
  base::MetricRegistry metrics;
  auto newer = Database::open(in_directory(dir.path()), base::system_clock(), metrics);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code(), Errc::conflict);
  outside("WITH gone AS (SELECT 1) UPDATE store_meta SET value = '1' WHERE key = 'format' RETURNING 1");
  OwnConnection connection(
      std::make_unique<PostgresConnection>(*PostgresUrl::parse(in_directory(dir.path()).url), Use::reader, "outside"));
  connection.script("DROP TABLE store_meta");
  auto foreign = Database::open(in_directory(dir.path()), base::system_clock(), metrics);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code(), Errc::conflict);
  EXPECT_NE(foreign.error().message().find("schema"), std::string::npos) << foreign.error().message();
  auto nowhere = Database::open({.url = "postgres://u:hunter2@127.0.0.1:1/db"}, base::system_clock(), metrics);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code(), Errc::unavailable);
  EXPECT_EQ((nowhere.error().message() + nowhere.error().detail()).find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace troupe::store
