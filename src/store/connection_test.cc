#include "store/connection.h"

#include <gtest/gtest.h>

#include "store/postgres_connection.h"
#include "store/sqlite_connection.h"
#include "store/test_database.h"

namespace troupe::store {
namespace {

std::unique_ptr<Connection::Impl> connect(const TempDir& dir) {
  if (!on_postgres()) return std::make_unique<SqliteConnection>(dir.path() / "test.db", Use::writer);
  auto url = PostgresUrl::parse(in_directory(dir.path()).url);
  if (!url) throw std::runtime_error(url.error().message());
  auto made = std::make_unique<PostgresConnection>(*url, Use::writer, "test");
  made->script("CREATE SCHEMA " + url->schema);
  return made;
}

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override { connection_.run("CREATE TABLE t(i INTEGER, s TEXT, b BLOB)"); }
  TempDir dir_;
  OwnConnection connection_{connect(dir_)};
};

constexpr const char* kInsert = "INSERT INTO t(i, s, b) VALUES (?1, ?2, ?3)";

TEST_F(ConnectionTest, ValuesComeBackAsTheyWent) {
  const std::string bytes("a\0b\xff", 4);
  EXPECT_EQ(connection_.run(kInsert, std::int64_t{1} << 53, "text", Value::blob(bytes)), 1);
  EXPECT_EQ(connection_.run(kInsert, nullptr, std::optional<std::string>(), Value::blob("")), 1);
  auto rows = connection_.query("SELECT i, s, b FROM t ORDER BY i IS NULL");
  ASSERT_TRUE(rows.next());
  std::optional<std::int64_t> number;
  std::optional<std::string> text;
  std::optional<std::string_view> found;
  rows >> number >> text >> blob(found);
  EXPECT_EQ(number, std::int64_t{1} << 53);
  EXPECT_EQ(text, "text");
  EXPECT_EQ(found, bytes);
  ASSERT_TRUE(rows.next());
  rows >> number >> text >> blob(found);
  EXPECT_FALSE(number);
  EXPECT_FALSE(text);
  EXPECT_EQ(found, "");  // empty is not NULL
  EXPECT_FALSE(rows.next());
  EXPECT_FALSE(rows.next());
}

TEST_F(ConnectionTest, AnyBytesAreText) {
  const std::string nasty[] = {std::string("a\0b", 3),
                               "\xff\xfe",
                               "caf\xc3\xa9",
                               "\xed\xa0\x80",
                               "\xf4\x8f\xbf\xbe",
                               "\xf4\x8f\xbf\xbe"
                               "00"};
  int i = 0;
  for (const auto& text : nasty) connection_.run(kInsert, i++, text, nullptr);
  i = 0;
  for (const auto& text : nasty) {
    auto rows = connection_.query("SELECT i, s FROM t WHERE s = ?1", text);
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(rows.take<int>(), i++);
    EXPECT_EQ(rows.take<std::string>(), text);
    EXPECT_FALSE(rows.next());
  }
}

TEST_F(ConnectionTest, NumbersOfEveryKind) {
  for (int i = 1; i <= 3; ++i) connection_.run(kInsert, std::int64_t{i} << 40, std::to_string(i), nullptr);
  auto rows = connection_.query("SELECT sum(i), count(*), max(i), 1, i = ?1, -sum(i) FROM t GROUP BY i = ?1 ORDER BY 1",
                                std::int64_t{1} << 40);
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.take<std::int64_t>(), std::int64_t{1} << 40);
  EXPECT_EQ(rows.take<std::string_view>(), "1");
  EXPECT_EQ(rows.take<std::int64_t>(), std::int64_t{1} << 40);
  EXPECT_EQ(rows.take<int>(), 1);
  EXPECT_EQ(rows.take<int>(), 1);
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.take<std::int64_t>(), std::int64_t{5} << 40);
  EXPECT_EQ(rows.take<int>(), 2);
  rows.skip(2);
  EXPECT_EQ(rows.take<int>(), 0);
  EXPECT_EQ(rows.take<std::int64_t>(), -(std::int64_t{5} << 40));
}

TEST_F(ConnectionTest, TextIsOrderedByItsBytes) {
  for (const char* text : {"b", "B", "a", "_", "\xc3\xa9"}) connection_.run(kInsert, 1, text, nullptr);
  std::string order;
  auto rows = connection_.query("SELECT s FROM t WHERE s > ?1 ORDER BY s", "A");
  while (rows.next()) order += rows.take<std::string_view>();
  EXPECT_EQ(order, "B_ab\xc3\xa9");
}

TEST_F(ConnectionTest, NullFirstThenAValueOfAnyKind) {
  constexpr const char* kUpdate = "UPDATE t SET s = ?2, b = ?3 WHERE i = ?1";
  connection_.run(kInsert, 1, nullptr, nullptr);
  EXPECT_EQ(connection_.run(kUpdate, 1, nullptr, nullptr), 1);
  EXPECT_EQ(connection_.run(kUpdate, 1, "x", Value::blob("y")), 1);
  EXPECT_EQ(connection_.run(kUpdate, 1, nullptr, Value::blob("z")), 1);
  auto rows = connection_.query("SELECT s, b FROM t");
  ASSERT_TRUE(rows.next());
  EXPECT_TRUE(rows.null_ahead());
  std::string_view bytes;
  rows.skip(1);
  rows >> blob(bytes);
  EXPECT_EQ(bytes, "z");
}

TEST_F(ConnectionTest, EmptyViewIsEmptyTextNotNull) {
  connection_.run(kInsert, 1, std::string_view(), nullptr);
  auto rows = connection_.query("SELECT s IS NULL FROM t");
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.take<int>(), 0);
}

TEST_F(ConnectionTest, QueryParametersMayDieBeforeTheRowsAreRead) {
  connection_.run(kInsert, 1, "a long text that does not fit into a small string", nullptr);
  auto rows = connection_.query("SELECT i FROM t WHERE s = ?1",
                                std::string("a long text that does not fit ") + "into a small string");
  EXPECT_TRUE(rows.next());
}

TEST_F(ConnectionTest, SameAddressWithAnotherTextIsAnotherStatement) {
  std::string sql = "SELECT 1";
  {
    auto rows = connection_.query(sql);
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(rows.take<int>(), 1);
  }
  sql[7] = '2';
  auto rows = connection_.query(sql);
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.take<int>(), 2);
}

TEST_F(ConnectionTest, BuiltSqlDoesNotGrowTheCacheForever) {
  auto open = connection_.query("SELECT 'kept'");
  for (int i = 0; i < 2000; ++i) {
    auto rows = connection_.query("SELECT " + std::to_string(i));
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(rows.take<int>(), i);
  }
  ASSERT_TRUE(open.next());
  EXPECT_EQ(open.take<std::string_view>(), "kept");
}

TEST_F(ConnectionTest, MisuseIsAnError) {
  EXPECT_THROW(connection_.run("INSERT INTO t(i) VALUES (?1)"), SqlError);
  EXPECT_THROW(connection_.run("SELECT 1; SELECT 2"), SqlError);
  EXPECT_THROW(connection_.run(""), SqlError);
  EXPECT_THROW(connection_.run("SELECT * FROM missing"), SqlError);
  if (on_postgres()) return;
  constexpr const char* kOne = "SELECT 1";
  auto first = connection_.query(kOne);
  EXPECT_THROW(connection_.query(kOne), SqlError);
}

TEST_F(ConnectionTest, RunCountsChangesAndRowsReturn) {
  connection_.run(kInsert, 1, "a", nullptr);
  connection_.run(kInsert, 2, "b", nullptr);
  EXPECT_EQ(connection_.run("UPDATE t SET s = 'c'"), 2);
  EXPECT_EQ(connection_.run("UPDATE t SET s = 'c' WHERE i = 9"), 0);
  auto rows = connection_.query("DELETE FROM t WHERE i = ?1 RETURNING s", 2);
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.take<std::string_view>(), "c");
}

TEST_F(ConnectionTest, StructuralChangesMoveTheMark) {
  const auto mark = connection_.impl().change_mark();
  connection_.run("SELECT 1");
  connection_.run("UPDATE t SET s = 'c' WHERE i = 9");
  EXPECT_EQ(connection_.impl().change_mark(), mark);
  connection_.run("CREATE TABLE u(x INTEGER)");
  EXPECT_NE(connection_.impl().change_mark(), mark);
}

}  // namespace
}  // namespace troupe::store
