// A page in the middle of the file is damaged: reads that meet it say so, and so does the health check.
#include <sys/stat.h>

#include <fstream>

#include "store/database_fixture.h"
#include "store/inspection.h"

namespace troupe::store {
namespace {

using testing_database::DatabaseTest;
using testing_database::kNames;

class DamageTest : public DatabaseTest {
 protected:
  std::filesystem::path file() const { return dir_.path() / "troupe.db"; }

  /// A table of a few hundred pages, all of it in the file.
  void fill() {
    open_with_table();
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(insert(std::to_string(i) + std::string(3000, 'n')));
    db_.reset();
    ASSERT_EQ(std::filesystem::exists(file().string() + "-wal"), false) << "a clean stop empties the log";
  }
  /// Overwrites a run of pages; the first ones, with the schema, stay.
  void damage() {
    constexpr std::streamoff kPage = 4096;
    std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
    const auto pages = static_cast<std::streamoff>(std::filesystem::file_size(file())) / kPage;
    const std::string garbage(kPage, '\x5a');
    for (auto page = pages / 3; page < pages - 4; ++page) {
      bytes.seekp(page * kPage);
      bytes.write(garbage.data(), kPage);
    }
    ASSERT_TRUE(bytes.good());
  }
  Result<Unit> read_all() {
    return db_->read_now([](Connection& c) -> Result<Unit> {
      values<std::string>(c.query(kNames));
      return Unit{};
    });
  }
};

TEST_F(DamageTest, AReadThatMeetsItFailsAndTheHealthCheckSaysSo) {
  TROUPE_SQLITE_ONLY();
  fill();
  damage();
  open();
  EXPECT_FALSE(db_->trouble(Trouble::damage));
  const auto read = read_all();
  ASSERT_FALSE(read) << "an empty or a shorter answer would be a lie";
  EXPECT_EQ(read.error().code(), Errc::internal);
  ASSERT_TRUE(db_->trouble(Trouble::damage));
  EXPECT_NE(db_->trouble(Trouble::damage)->find("damaged"), std::string::npos) << *db_->trouble(Trouble::damage);
  EXPECT_EQ(db_->trouble(Trouble::damage)->find("SELECT"), std::string::npos) << "the statement is for the log";
}

TEST_F(DamageTest, SoDoesAWrite) {
  TROUPE_SQLITE_ONLY();
  fill();
  damage();
  open();
  const auto written = db_->write_now([](Tx& tx) -> Result<Unit> {
    tx.run("UPDATE item SET name = name || 'x'");
    return Unit{};
  });
  EXPECT_FALSE(written);
  EXPECT_TRUE(db_->trouble(Trouble::damage));
}

TEST_F(DamageTest, TheDoctorLooksAtEveryPage) {
  TROUPE_SQLITE_ONLY();
  fill();
  const auto before = check_pages(file());
  ASSERT_TRUE(before) << before.error().message();
  EXPECT_EQ(before->damage, "");
  EXPECT_TRUE(before->complete);
  damage();
  const auto after = check_pages(file());
  ASSERT_TRUE(after) << after.error().message();
  EXPECT_NE(after->damage, "");
}

TEST_F(DamageTest, TheDoctorLooksForSoLongOnly) {
  TROUPE_SQLITE_ONLY();
  open();
  ASSERT_TRUE(db_->write_now([](Tx& tx) -> Result<Unit> {
    tx.run("CREATE TABLE large (bytes BLOB NOT NULL)");
    for (int i = 0; i < 64; ++i) tx.run("INSERT INTO large (bytes) VALUES (zeroblob(1000000))");
    return Unit{};
  }));
  const auto found = check_pages(file(), std::chrono::milliseconds(0));
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->damage, "");
  EXPECT_FALSE(found->complete);
}

}  // namespace
}  // namespace troupe::store
