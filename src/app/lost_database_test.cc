#include "app/lost_database.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/clock.h"
#include "base/metrics.h"
#include "store/database.h"
#include "store/durable_file.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::app {
namespace {

class LostDatabaseTest : public testing::Test {
 protected:
  bool starts() const { return check_database_is_there(database_, instance_).has_value(); }
  void found() {
    auto opened = store::Database::open({.file = database_}, base::system_clock(), metrics_);
    ASSERT_TRUE(opened);
    static constexpr store::Migration kMigrations[] = {{1, "first", "CREATE TABLE app_thing (name TEXT PRIMARY KEY)"}};
    ASSERT_TRUE(store::migrate(**opened, "app", kMigrations));
  }
  void leave_instance() { std::ofstream(instance_) << "0123456789abcdef\n"; }

  store::TempDir dir_;
  std::filesystem::path database_ = dir_.path() / "troupe.db";
  std::filesystem::path instance_ = dir_.path() / "instance";
  base::MetricRegistry metrics_;
};

TEST_F(LostDatabaseTest, AFolderWithoutAPastBegins) {
  EXPECT_TRUE(starts());
  found();
  EXPECT_TRUE(starts()) << "killed in its first moment";
}

TEST_F(LostDatabaseTest, AServerFindsItsDatabase) {
  found();
  leave_instance();
  EXPECT_TRUE(starts());
}

TEST_F(LostDatabaseTest, NothingIsBegunOverALostOne) {
  found();
  leave_instance();
  std::filesystem::resize_file(database_, 0);
  std::filesystem::remove(database_.string() + "-wal");
  EXPECT_FALSE(starts()) << "cut to nothing";
  std::filesystem::remove(database_);
  EXPECT_FALSE(starts()) << "gone";
  EXPECT_NE(check_database_is_there(database_, instance_).error().message().find(instance_.string()), std::string::npos)
      << "how to begin anew is said";
  std::filesystem::remove(instance_);
  EXPECT_TRUE(starts());
}

TEST_F(LostDatabaseTest, WhatCannotBeReadIsToldElsewhere) {
  std::ofstream(database_) << std::string(8'192, 'x');
  leave_instance();
  EXPECT_TRUE(starts());
}

}  // namespace
}  // namespace troupe::app
