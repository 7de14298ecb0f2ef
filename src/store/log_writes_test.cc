#include "store/log_writes.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/sqlite_connection.h"
#include "store/test_database.h"

namespace troupe::store {
namespace {

constexpr std::int64_t kRows = 200;

/// System calls of this process that wrote something.
std::uint64_t writes_so_far() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t count = 0;
  while (io >> name >> count) {
    if (name == "syscw:") return count;
  }
  return 0;
}

std::int64_t count_of(SqliteConnection& connection, std::string_view sql) {
  auto* rows = connection.query(sql, {});
  EXPECT_TRUE(rows->next());
  const auto count = rows->integer(0);
  rows->release();
  return count;
}

class LogWritesTest : public testing::Test {
 protected:
  void SetUp() override {
    writer.run("CREATE TABLE item(id INTEGER PRIMARY KEY, bytes BLOB)", {});
    writer.run("PRAGMA cache_size=20", {});  // pages of a large commit go to the log before its end, and are read there
  }
  void insert_all() {
    writer.run("BEGIN IMMEDIATE", {});
    for (std::int64_t id = 0; id < kRows; ++id) {
      const std::vector<Value> values{id};
      writer.run("INSERT INTO item(id, bytes) VALUES (?1, zeroblob(3000))", values);
    }
  }

  const TempDir dir;
  const std::filesystem::path file = dir.path() / "log.db";
  SqliteConnection writer{file, Use::writer};
};

TEST_F(LogWritesTest, ACommitOfManyPagesTakesFewCalls) {
  const auto before = writes_so_far();
  ASSERT_GT(before, 0U) << "the kernel counts them";
  insert_all();
  writer.run("COMMIT", {});
  EXPECT_LT(writes_so_far() - before, static_cast<std::uint64_t>(kRows) / 2) << "SQLite makes two of each page";
}

TEST_F(LogWritesTest, OthersSeeWhatIsCommittedAndNothingElse) {
  SqliteConnection reader(file, Use::reader);
  insert_all();
  EXPECT_EQ(count_of(writer, "SELECT SUM(LENGTH(bytes)) FROM item"), kRows * 3'000);
  EXPECT_EQ(count_of(reader, "SELECT COUNT(*) FROM item"), 0);
  writer.run("COMMIT", {});
  EXPECT_EQ(count_of(reader, "SELECT SUM(LENGTH(bytes)) FROM item"), kRows * 3'000);
  writer.run("BEGIN IMMEDIATE", {});
  writer.run("UPDATE item SET bytes = zeroblob(2000)", {});
  writer.run("ROLLBACK", {});
  writer.run("DELETE FROM item WHERE id >= 100", {});
  EXPECT_EQ(count_of(reader, "SELECT SUM(LENGTH(bytes)) FROM item"), 100 * 3'000);
  auto* rows = reader.query("PRAGMA integrity_check", {});
  ASSERT_TRUE(rows->next());
  EXPECT_EQ(rows->text(0), "ok");
  rows->release();
}

TEST_F(LogWritesTest, WhatAProcessLeavesWithoutItsEndIsWhole) {
  insert_all();
  writer.run("COMMIT", {});
  writer.run("BEGIN IMMEDIATE", {});
  writer.run("UPDATE item SET bytes = zeroblob(2000)", {});
  // The files as a kill would leave them.
  for (const auto* end : {"", "-wal"})
    std::filesystem::copy_file(file.string() + end, dir.path() / (std::string("copy.db") + end));
  SqliteConnection copy(dir.path() / "copy.db", Use::writer);
  EXPECT_EQ(count_of(copy, "SELECT SUM(LENGTH(bytes)) FROM item"), kRows * 3'000);
}

}  // namespace
}  // namespace troupe::store
