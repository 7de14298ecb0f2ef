#include "store/page_cache.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "store/test_database.h"

namespace troupe::store {
namespace {

/// Rows in random order, so that trees are balanced everywhere, pages are sorted and the file grows and shrinks.
TEST(PageCacheTest, WhatIsReadIsWhatWasWrittenWhileTheFileGrowsAndShrinks) {
  TROUPE_SQLITE_ONLY();
  const TempDir dir;
  base::MetricRegistry metrics;
  auto db = open_database(dir, metrics);
  const auto write = [&](auto operation) {
    ASSERT_TRUE(db->write_now([&](Tx& tx) -> Result<Unit> {
      operation(tx);
      return Unit{};
    }));
  };
  write([](Tx& tx) { tx.run("CREATE TABLE item(id INTEGER PRIMARY KEY, bytes BLOB)"); });
  std::mt19937_64 random(7);
  std::map<std::int64_t, std::string> expected;
  for (int round = 0; round < 60; ++round) {
    write([&](Tx& tx) {
      for (int i = 0; i < 200; ++i) {
        const auto id = static_cast<std::int64_t>(random() % 4'000);
        const bool shrinks = round % 10 > 6;
        if (shrinks) {
          expected.erase(id);
          tx.run("DELETE FROM item WHERE id BETWEEN ?1 AND ?2", id, id);
          continue;
        }
        expected[id] = std::string(random() % 3'000, static_cast<char>('a' + random() % 26));
        tx.run("INSERT INTO item(id, bytes) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes", id,
               Value::blob(expected[id]));
      }
    });
    if (round % 10 == 9) write([](Tx& tx) { tx.run("PRAGMA incremental_vacuum(64)"); });
    if (round % 7 == 3) {  // what is rolled back is in no page
      EXPECT_FALSE(db->write_now([&](Tx& tx) -> Result<Unit> {
        for (int i = 0; i < 300; ++i)
          tx.run("UPDATE item SET bytes = zeroblob(4000) WHERE id = ?1", static_cast<std::int64_t>(random() % 4'000));
        return Error(Errc::conflict, "no");
      }));
    }
    std::map<std::int64_t, std::string> found;
    EXPECT_TRUE(db->read_now([&](Connection& c) -> Result<Unit> {
      auto rows = c.query("SELECT id, bytes FROM item");
      while (rows.next()) {
        std::int64_t id = 0;
        std::string_view bytes;
        rows >> id >> blob(bytes);
        found[id] = bytes;
      }
      EXPECT_EQ(value<std::string>(c.query("PRAGMA integrity_check")), "ok");
      return Unit{};
    }));
    ASSERT_EQ(found, expected) << round;
  }
}

}  // namespace
}  // namespace troupe::store
