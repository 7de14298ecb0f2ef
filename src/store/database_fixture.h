// A database with one table, for tests of what writes and reads do.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "store/test_database.h"

namespace troupe::store::testing_database {

inline constexpr const char* kCreate = "CREATE TABLE item(pos INTEGER PRIMARY KEY, name TEXT UNIQUE, bytes BLOB)";
inline constexpr const char* kInsert = "INSERT INTO item(pos, name, bytes) VALUES (?1, ?2, ?3)";
inline constexpr const char* kCount = "SELECT count(*) FROM item";
inline constexpr const char* kNames = "SELECT name FROM item ORDER BY pos";

inline Result<Unit> make_table(Tx& tx) {
  tx.run(kCreate);
  return Unit{};
}

inline std::int64_t count(Connection& connection) { return value<std::int64_t>(connection.query(kCount)).value_or(-1); }

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

inline Task<std::int64_t> write_one(Database& db, std::string name, WriteOptions options) {
  auto insert = [&](Tx& tx) -> Result<std::int64_t> {
    const auto pos = tx.next_pos();
    tx.run(kInsert, pos, name, Value::blob(name));
    return pos;
  };
  CO_TRY(auto pos, co_await db.write(insert, options));
  co_return pos;
}

}  // namespace troupe::store::testing_database
