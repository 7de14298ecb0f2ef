// Several processes on one PostgreSQL database, played by several Databases. Nothing of this exists on SQLite.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <random>
#include <thread>

#include "store/migrations.h"
#include "store/postgres_connection.h"
#include "store/test_database.h"

namespace troupe::store {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCreate = "CREATE TABLE IF NOT EXISTS item(pos INTEGER PRIMARY KEY, name TEXT UNIQUE)";
constexpr const char* kInsert = "INSERT INTO item(pos, name) VALUES (?1, ?2)";
constexpr auto kPatience = 30s;

/// A process: its database, and what it was told of the others.
struct Process {
  explicit Process(const TempDir& dir) {
    db = open_database(dir, metrics, {.readers = 1, .first_back_off = 1ms});
    db->on_announcement("word", [this](Connection& connection, const Announcement& note) {
      auto rows = connection.query("SELECT COUNT(*) FROM item");  // a handler may read
      ASSERT_TRUE(rows.next());
      std::lock_guard lock(mutex);
      heard.emplace_back(note.bytes);
      changed.notify_all();
    });
    db->on_foreign_head([this](Connection&, const ForeignCommits& commits) {
      EXPECT_LE(db->head(), commits.head);
      std::lock_guard lock(mutex);
      lost = lost || commits.announcements_lost;
    });
    db->on_head([this](StreamPos head) {
      EXPECT_EQ(db->head(), head);
      std::lock_guard lock(mutex);
      EXPECT_GT(head, rung);
      rung = head;
      changed.notify_all();
    });
  }
  Result<Unit> write(std::function<Result<Unit>(Tx&)> operation) { return db->write_now(std::move(operation)); }
  Result<Unit> say(std::string word) {
    return write([&](Tx& tx) -> Result<Unit> {
      tx.run(kInsert, tx.next_pos(), word);
      tx.announce("word", word);
      return Unit{};
    });
  }
  template <class F>
  bool wait(F condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience, condition);
  }
  std::vector<std::string> words() {
    std::lock_guard lock(mutex);
    return heard;
  }

  base::MetricRegistry metrics;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> heard;
  bool lost = false;
  StreamPos rung = 0;
  std::unique_ptr<Database> db;
};

class SharedTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!on_postgres()) GTEST_SKIP() << "SQLite belongs to one process";
    a.emplace(dir);
    ASSERT_TRUE(a->db->write_now(
        [](Tx& tx) -> Result<Unit> {
          tx.run(kCreate);
          return Unit{};
        },
        {.savepoint = true}));
    b.emplace(dir);
  }
  /// Runs SQL beside everybody.
  std::int64_t outside(std::string_view sql) {
    auto url = PostgresUrl::parse(in_directory(dir.path()).url);
    OwnConnection connection(std::make_unique<PostgresConnection>(*url, Use::reader, "outside"));
    return value<std::int64_t>(connection.query(sql)).value_or(-1);
  }
  std::vector<std::pair<StreamPos, std::string>> items() {
    std::vector<std::pair<StreamPos, std::string>> out;
    EXPECT_TRUE(a->db->read_now([&](Connection& c) -> Result<Unit> {
      auto rows = c.query("SELECT pos, name FROM item ORDER BY pos");
      while (rows.next()) {
        auto& [pos, name] = out.emplace_back();
        rows >> pos >> name;
      }
      return Unit{};
    }));
    return out;
  }

  TempDir dir;
  std::optional<Process> a;
  std::optional<Process> b;
};

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
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
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

TEST_F(SharedTest, AProcessThatFreezesInsideItsBatchHoldsTheOthersUpForSecondsOnly) {
  std::atomic<bool> inside{false};
  std::atomic<bool> thaw{false};
  Result<Unit> frozen = Unit{};
  std::thread freezing([&] {
    frozen = a->write([&](Tx& tx) -> Result<Unit> {
      tx.run(kInsert, tx.next_pos(), "frozen" + std::to_string(tx.last_pos()));
      auto rows = tx.query("SELECT COUNT(*) FROM item");
      rows.next();
      inside = true;
      while (!thaw) std::this_thread::sleep_for(10ms);
      return Unit{};
    });
  });
  while (!inside) std::this_thread::yield();
  const auto start = std::chrono::steady_clock::now();
  auto others = b->say("meanwhile");
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_TRUE(others) << others.error().detail();  // waited for, not refused
  EXPECT_LT(took, 12s);                            // 4 s by the server's clock; the rest is for a busy machine
  thaw = true;
  freezing.join();
  ASSERT_FALSE(frozen);
  EXPECT_EQ(frozen.error().code(), Errc::unavailable);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!a->say("thawed")) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(items().size(), 2U);
}

TEST_F(SharedTest, WhatIsSentWithoutWaitingIsFollowedByASync) {
  // Without one the server would not count a frozen program's transaction as idle, and never end it.
  std::atomic<bool> inside{false};
  std::atomic<bool> thaw{false};
  std::thread freezing([&] {
    (void)a->write([&](Tx& tx) -> Result<Unit> {
      const std::string name(3'000, 'x');
      for (int i = 0; i < 40; ++i) tx.run(kInsert, tx.next_pos(), name + std::to_string(tx.last_pos()));
      inside = true;
      while (!thaw) std::this_thread::sleep_for(10ms);
      return Unit{};
    });
  });
  while (!inside) std::this_thread::yield();
  EXPECT_TRUE(b->say("meanwhile"));
  thaw = true;
  freezing.join();
}

TEST_F(SharedTest, AProcessThatFreezesWhileItSendsIsEndedByTheOthers) {
  // A transaction without a sync: the server waits for more of it and does not count it as idle.
  const auto url = PostgresUrl::parse(in_directory(dir.path()).url);
  const auto text = url->url;
  auto* frozen = PQconnectdb(text.c_str());
  ASSERT_EQ(PQstatus(frozen), CONNECTION_OK);
  PQclear(PQexec(frozen, "SET application_name = 'troupe writer 99 frozen'"));
  PQclear(PQexec(frozen, ("SET search_path = " + url->schema).c_str()));
  ASSERT_EQ(PQenterPipelineMode(frozen), 1);
  for (const auto* sql : {"BEGIN", "SELECT head FROM stream WHERE id = 1 FOR UPDATE"}) {
    ASSERT_EQ(PQsendQueryParams(frozen, sql, 0, nullptr, nullptr, nullptr, nullptr, 1), 1);
  }
  ASSERT_EQ(PQflush(frozen), 0);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (outside("SELECT COUNT(*) FROM pg_locks WHERE relation = to_regclass('stream') AND mode = 'RowShareLock'") ==
         0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  const auto start = std::chrono::steady_clock::now();
  const auto others = b->say("meanwhile");
  EXPECT_TRUE(others) << others.error().detail();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 15s);  // 6 s of patience; the rest is for a busy machine
  PQfinish(frozen);
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

/// Writes until told to stop; keeps what was acknowledged, and checks that memory matches.
class Busy final : Participant {
 public:
  Busy(Process& process, std::string prefix) : process_(process), prefix_(std::move(prefix)) {
    process.db->add_participant(*this);
  }
  void run(int coroutines, std::function<bool()> more) {
    asio::io_context context;
    for (int i = 0; i < coroutines; ++i) {
      asio::co_spawn(
          context,
          [this, i, more]() -> asio::awaitable<void> {
            for (int n = 0; more(); ++n) {
              const auto name = prefix_ + std::to_string(i) + "-" + std::to_string(n);
              auto operation = [this, &name](Tx& tx) -> Result<StreamPos> {
                const auto pos = tx.next_pos();
                tx.run(kInsert, pos, name);
                operation_.push_back(name);
                return pos;
              };
              auto pos = co_await process_.db->write(operation);
              if (pos) {
                acknowledged.emplace_back(*pos, name);
              } else {
                EXPECT_EQ(pos.error().code(), Errc::unavailable) << pos.error().detail();
                ++refused;
              }
            }
          },
          [](std::exception_ptr e) { EXPECT_FALSE(e); });
    }
    context.run();
  }
  std::vector<std::pair<StreamPos, std::string>> acknowledged;
  std::set<std::string> remembered;
  int refused = 0;

 private:
  void operation_succeeded() override {
    batch_.insert(batch_.end(), operation_.begin(), operation_.end());
    operation_.clear();
  }
  void operation_failed() override { operation_.clear(); }
  void batch_committed(StreamPos) override {
    remembered.insert(batch_.begin(), batch_.end());
    batch_.clear();
  }
  void batch_failed() override {
    operation_.clear();
    batch_.clear();
  }
  Process& process_;
  std::string prefix_;
  std::vector<std::string> operation_;
  std::vector<std::string> batch_;
};

TEST_F(SharedTest, PositionsOfTwoWritersAppearInOrderAndOnce) {
  std::atomic<bool> done{false};
  std::thread watcher([&] {
    // Whoever reads up to a head that he was told never finds a lower position later.
    std::set<StreamPos> seen;
    StreamPos upto = 0;
    while (!done) {
      EXPECT_TRUE(b->db->read_now([&](Connection& c) -> Result<Unit> {
        const auto head = b->db->head();
        for (const auto pos : values<StreamPos>(c.query("SELECT pos FROM item WHERE pos <= ?1", head))) {
          if (seen.insert(pos).second) {
            EXPECT_GT(pos, upto);
          }
        }
        upto = head;
        return Unit{};
      }));
    }
  });
  Busy busy_a(*a, "a");
  Busy busy_b(*b, "b");
  const auto end = std::chrono::steady_clock::now() + 2s;
  const auto more = [end] { return std::chrono::steady_clock::now() < end; };
  std::thread other([&] { busy_b.run(16, more); });
  busy_a.run(16, more);
  other.join();
  done = true;
  watcher.join();
  EXPECT_EQ(busy_a.refused + busy_b.refused, 0);
  auto expected = busy_a.acknowledged;
  expected.insert(expected.end(), busy_b.acknowledged.begin(), busy_b.acknowledged.end());
  std::ranges::sort(expected);
  EXPECT_EQ(items(), expected);
  EXPECT_GT(busy_a.acknowledged.size(), 50U);
  EXPECT_GT(busy_b.acknowledged.size(), 50U);
}

TEST_F(SharedTest, BrokenConnectionsLoseNothingAndDoubleNothing) {
  std::mt19937 random(7);
  std::atomic<int> killed{0};
  constexpr int kKills = 60;
  std::thread assassin([&] {
    const std::string sql =
        "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'troupe %' AND pid "
        "IN "
        "(SELECT pid FROM pg_locks WHERE relation = to_regclass('stream') AND mode = 'RowShareLock')";
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (killed < kKills && std::chrono::steady_clock::now() < deadline) {
      const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 30'000);
      while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
      killed += static_cast<int>(outside(sql));
    }
    killed = kKills;
  });
  Busy busy_a(*a, "a");
  Busy busy_b(*b, "b");
  const auto more = [&] { return killed < kKills; };
  std::thread other([&] { busy_b.run(16, more); });
  busy_a.run(16, more);
  other.join();
  assassin.join();
  auto expected = busy_a.acknowledged;
  expected.insert(expected.end(), busy_b.acknowledged.begin(), busy_b.acknowledged.end());
  std::ranges::sort(expected);
  // What was refused is not there either: an unclear commit is asked about before anybody is answered.
  EXPECT_EQ(items(), expected);
  std::set<std::string> names;
  for (const auto& [pos, name] : busy_a.acknowledged) names.insert(name);
  EXPECT_EQ(busy_a.remembered, names);
  EXPECT_GT(busy_a.refused + busy_b.refused, 0);
  EXPECT_GT(expected.size(), 100U);
}

TEST_F(SharedTest, AConnectionThatWasClosedWhileIdleIsReplacedUnnoticed) {
  const auto pid = [](Connection& connection) { return number(connection.query("SELECT pg_backend_pid()")); };
  for (int i = 0; i < 5; ++i) {
    std::string pids;
    ASSERT_TRUE(a->write([&](Tx& tx) -> Result<Unit> {
      pids = std::to_string(pid(tx));
      return Unit{};
    }));
    ASSERT_TRUE(a->db->read_now([&](Connection& c) -> Result<Unit> {
      pids += "," + std::to_string(pid(c));
      return Unit{};
    }));
    EXPECT_EQ(outside("SELECT COUNT(CASE WHEN pg_terminate_backend(pid, 5000) THEN 1 END) FROM pg_stat_activity "
                      "WHERE pid IN (" +
                      pids + ")"),
              2);
    ASSERT_TRUE(a->say("word " + std::to_string(i)));
    ASSERT_EQ(items().size(), static_cast<std::size_t>(i + 1));
  }
}

TEST_F(SharedTest, AReadWhoseConnectionDiesIsMadeAgainOnAFreshOne) {
  ASSERT_TRUE(a->say("word"));
  const auto dying_read = [&](int deaths) {
    int runs = 0;
    std::int64_t count = 0;
    auto outcome = a->db->read_now([&](Connection& c) -> Result<Unit> {
      ++runs;
      auto pid = c.query("SELECT pg_backend_pid()");
      pid.next();
      if (runs <= deaths) {
        EXPECT_EQ(outside("SELECT COUNT(CASE WHEN pg_terminate_backend(pid, 5000) THEN 1 END) FROM pg_stat_activity "
                          "WHERE pid = " +
                          std::to_string(pid.take<std::int64_t>())),
                  1);
      }
      count = number(c.query("SELECT COUNT(*) FROM item"));
      return Unit{};
    });
    return std::tuple(std::move(outcome), runs, count);
  };
  for (int i = 0; i < 3; ++i) {
    const auto [outcome, runs, count] = dying_read(1);
    EXPECT_TRUE(outcome) << outcome.error().detail();
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(count, 1);
  }
  const auto [outcome, runs, count] = dying_read(2);  // once more, not for ever
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), Errc::unavailable);
  EXPECT_EQ(runs, 2);
  EXPECT_TRUE(std::get<0>(dying_read(0)));
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
