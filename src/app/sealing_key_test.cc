#include "app/sealing_key.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/durable_file.h"
#include "store/test_database.h"

namespace troupe::app {
namespace {

constexpr std::string_view kSecrets[] = {"SELECT 1 FROM safe LIMIT 1"};

/// A data folder with the tables that a start has made before it looks for the key.
class SealingKeyTest : public testing::Test {
 protected:
  SealingKeyTest() {
    sql("CREATE TABLE app_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
    sql("CREATE TABLE safe (id INTEGER PRIMARY KEY)");
  }
  void sql(std::string_view text) {
    EXPECT_TRUE(db_->write_now(
        [&](store::Tx& tx) -> Result<Unit> {
          tx.run(text);
          return Unit{};
        },
        {.savepoint = true}));
  }
  Result<base::SealingKey> load() { return load_sealing_key(file_, *db_, kSecrets); }
  std::string content() { return store::read_whole(file_, 4'096).value().value_or("none"); }
  void put(std::string_view bytes) { std::ofstream(file_, std::ios::binary) << bytes; }
  void expect_refused() {
    const auto before = content();
    const auto refused = load();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::conflict);
    EXPECT_NE(refused.error().message().find(file_.string()), std::string::npos) << refused.error().message();
    EXPECT_NE(refused.error().message().find("backup"), std::string::npos) << refused.error().message();
    EXPECT_EQ(content(), before) << "a refused start must not touch the file";
  }

  store::TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
  std::filesystem::path file_ = dir_.path() / "secret.key";
};

TEST_F(SealingKeyTest, IsMadeOnceAndFoundAgain) {
  auto first = load();
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(content().size(), 32U);
  const auto sealed = first->seal("a password");
  auto again = load();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->open(sealed).value(), "a password");
}

TEST_F(SealingKeyTest, WhatAnInterruptedFirstStartLeftIsMadeAnew) {
  for (const std::string_view leftover : {"", "half of a key"}) {
    sql("DELETE FROM app_setting");
    put(leftover);
    auto made = load();
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(content().size(), 32U);
  }
}

TEST_F(SealingKeyTest, DamageBesideADatabaseThatKnowsAKeyIsRefused) {
  ASSERT_TRUE(load());
  const auto key = content();
  for (const std::string_view damage : {"", "half of a key", "thirty-two bytes and then some more"}) {
    put(damage);
    expect_refused();
  }
  std::filesystem::remove(file_);
  expect_refused();
  put(std::string(32, 'k'));  // another server's
  expect_refused();
  put(key);
  EXPECT_TRUE(load());
}

TEST_F(SealingKeyTest, AnOlderDatabaseWithSecretsWhoseKeyIsGoneIsRefused) {
  sql("INSERT INTO safe (id) VALUES (1)");  // sealed before the database took note of keys
  put("");
  expect_refused();
  std::filesystem::remove(file_);
  expect_refused();
  put(std::string(32, 'k'));  // its key
  EXPECT_TRUE(load());
}

TEST_F(SealingKeyTest, AKeyThatOthersMayReadIsClosedToThem) {
  using std::filesystem::perms;
  const auto mode = [&] { return std::filesystem::status(file_).permissions(); };
  ASSERT_TRUE(load());
  EXPECT_EQ(mode(), perms::owner_read | perms::owner_write);
  const auto key = content();
  for (const auto open : {perms::others_read, perms::group_read, perms::group_write}) {
    std::filesystem::permissions(file_, open, std::filesystem::perm_options::add);
    ASSERT_TRUE(load());
    EXPECT_EQ(mode(), perms::owner_read | perms::owner_write);
    EXPECT_EQ(content(), key);
  }
}

TEST_F(SealingKeyTest, AFolderThatCannotBeReadOrWrittenMakesNoKey) {
  std::filesystem::create_directory(file_);
  const auto refused = load();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
}

}  // namespace
}  // namespace troupe::app
