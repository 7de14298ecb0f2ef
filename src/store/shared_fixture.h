// Two processes on one PostgreSQL, as far as the database can tell.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "store/postgres_connection.h"
#include "store/test_database.h"

namespace troupe::store::testing_shared {

using namespace std::chrono_literals;

inline constexpr const char* kCreate = "CREATE TABLE IF NOT EXISTS item(pos INTEGER PRIMARY KEY, name TEXT UNIQUE)";
inline constexpr const char* kInsert = "INSERT INTO item(pos, name) VALUES (?1, ?2)";
inline constexpr auto kPatience = 30s;

/// A process: its database, and what it was told of the others.
struct Process {
  explicit Process(const TempDir& dir) {
    db = open_database(dir, metrics, {.readers = 1, .first_back_off = 1ms});
    db->on_announcement("word", [this](Connection& connection, const Announcement& note) {
      auto rows = connection.query("SELECT COUNT(*) FROM item");  // a handler may read
      ASSERT_TRUE(rows.next());
      const base::Lock lock(mutex);
      heard.emplace_back(note.bytes);
      changed.notify_all();
    });
    db->on_foreign_head([this](Connection&, const ForeignCommits& commits) {
      EXPECT_LE(db->head(), commits.head);
      const base::Lock lock(mutex);
      lost = lost || commits.announcements_lost;
    });
    db->on_head([this](StreamPos head) {
      EXPECT_EQ(db->head(), head);
      const base::Lock lock(mutex);
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
    base::Lock lock(mutex);
    return changed.wait_for(lock, kPatience, condition);
  }
  std::vector<std::string> words() {
    const base::Lock lock(mutex);
    return heard;
  }

  base::MetricRegistry metrics;
  base::Mutex mutex;
  base::Condition changed;
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

}  // namespace troupe::store::testing_shared
