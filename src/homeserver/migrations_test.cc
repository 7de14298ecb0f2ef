// What migrations make of rows that are there already.
#include "homeserver/migrations.gen.h"
#include "store/test_database.h"

namespace troupe::homeserver {
namespace {

class MigrationsTest : public testing::Test {
 protected:
  void apply(std::size_t upto) {
    const auto done = store::migrate(*db_, "homeserver", migrations().first(upto));
    ASSERT_TRUE(done.has_value()) << done.error().message() << done.error().detail();
  }
  void write(const std::vector<std::string>& statements) {
    const auto done = db_->write_now([&](store::Tx& tx) -> Result<Unit> {
      for (const auto& sql : statements) tx.run(sql);
      return Unit{};
    });
    ASSERT_TRUE(done.has_value()) << done.error().detail();
  }
  /// The first column of all rows, in words.
  std::string all(std::string sql) {
    std::string found;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      for (const auto& word : store::values<std::string>(connection.query(sql))) found += word + "; ";
      return Unit{};
    }));
    return found;
  }

  store::TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
};

TEST_F(MigrationsTest, SharesAreCountedOnceFromWhatIsThere) {
  apply(7);
  const auto message = [](std::string sender, int pos) {
    return "INSERT INTO hs_to_device (user_id, device_id, pos, json, bytes) VALUES ('@bob:x', 'B', " +
           std::to_string(pos) + ", '{\"sender\":\"" + sender + "\",\"type\":\"t\",\"content\":{}}', 100)";
  };
  const auto file = [](std::string id, std::string user, std::string hash, int bytes) {
    return "INSERT INTO hs_media (media_id, user_id, sha256, bytes, created_ms) VALUES ('" + id + "', '" + user +
           "', " + hash + ", " + std::to_string(bytes) + ", 0)";
  };
  const auto data = [](std::string user, std::string type, std::string content) {
    return "INSERT INTO hs_account_data (user_id, room, type, content, pos) VALUES ('" + user + "', 0, '" + type +
           "', '" + content + "', 1)";
  };
  write({message("@anna:x", 1), message("@anna:x", 2), message("@carl:x", 3), file("a", "@anna:x", "'aa'", 1),
         file("b", "@anna:x", "'bb'", 5'000), file("c", "@anna:x", "NULL", 0), file("d", "@carl:x", "'aa'", 4'096),
         data("@anna:x", "m.a", "{\"a\":\"\\ü\"}"), data("@anna:x", "m.b", "{}")});
  apply(8);
  EXPECT_EQ(all("SELECT sender FROM hs_to_device ORDER BY pos"), "@anna:x; @anna:x; @carl:x; ");
  EXPECT_EQ(all("SELECT sender || ' ' || bytes FROM hs_to_device_sender ORDER BY sender"),
            "@anna:x 200; @carl:x 100; ");
  EXPECT_EQ(all("SELECT user_id || ' ' || bytes || ' ' || files FROM hs_media_usage ORDER BY user_id"),
            "@anna:x 9096 2; @carl:x 4096 1; ");
  EXPECT_EQ(all("SELECT user_id || ' ' || bytes || ' ' || entries FROM hs_account_data_usage ORDER BY user_id"),
            "@anna:x 13 2; ");
}

TEST_F(MigrationsTest, WhatWasInQuarantineBeforeIsAChange) {
  apply(32);
  write({"INSERT INTO hs_quarantine (sha256, by_user, at_ms) VALUES ('bb', '@root:x', 1), ('aa', '@root:x', 2)"});
  apply(33);
  EXPECT_EQ(all("SELECT sha256 || ' ' || change || ' ' || quarantined FROM hs_quarantine_change ORDER BY change"),
            "bb 1 1; aa 2 1; ");
}

}  // namespace
}  // namespace troupe::homeserver
