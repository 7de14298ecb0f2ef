// Two writers on one PostgreSQL under load, and one that freezes or whose connections die: the others go on, and
// nothing is lost or doubled.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <random>
#include <set>
#include <thread>

#include "store/shared_fixture.h"

namespace troupe::store {
namespace {

using namespace testing_shared;
using SharedFaultsTest = SharedTest;

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

TEST_F(SharedFaultsTest, AProcessThatFreezesInsideItsBatchHoldsTheOthersUpForSecondsOnly) {
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
  EXPECT_LT(took, 45s);                            // 4 s by the server's clock; the rest is for a busy machine
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

TEST_F(SharedFaultsTest, WhatIsSentWithoutWaitingIsFollowedByASync) {
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

TEST_F(SharedFaultsTest, AProcessThatFreezesWhileItSendsIsEndedByTheOthers) {
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
  EXPECT_LT(std::chrono::steady_clock::now() - start, 45s);  // 6 s of patience; the rest is for a busy machine
  PQfinish(frozen);
}

TEST_F(SharedFaultsTest, PositionsOfTwoWritersAppearInOrderAndOnce) {
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

TEST_F(SharedFaultsTest, BrokenConnectionsLoseNothingAndDoubleNothing) {
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

TEST_F(SharedFaultsTest, AConnectionThatWasClosedWhileIdleIsReplacedUnnoticed) {
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

TEST_F(SharedFaultsTest, AReadWhoseConnectionDiesIsMadeAgainOnAFreshOne) {
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

}  // namespace
}  // namespace troupe::store
