#include "store/dialect.h"

#include <gtest/gtest.h>

namespace troupe::store {
namespace {

std::string text(std::string_view sql) { return to_postgres(sql).text; }

TEST(Dialect, ParametersAreCountedAndRenamed) {
  const auto sql =
      to_postgres("SELECT a FROM t WHERE b = ?2 AND c = ?10 AND d = ?1 AND e = '?3' -- ?11\n AND \"?12\" = 1");
  EXPECT_EQ(sql.text, "SELECT a FROM t WHERE b = $2 AND c = $10 AND d = $1 AND e = '?3' -- ?11\n AND \"?12\" = 1");
  EXPECT_EQ(sql.parameters, 10);
  EXPECT_TRUE(sql.reads_only);
  EXPECT_FALSE(sql.inserts_one);
}

TEST(Dialect, TypesOfTables) {
  EXPECT_EQ(
      text("CREATE TABLE t (\n a INTEGER PRIMARY KEY, -- an INTEGER\n b TEXT NOT NULL DEFAULT 'TEXT', c BLOB, d REAL\n)"
           " WITHOUT ROWID;"),
      "CREATE TABLE t (\n a BIGINT PRIMARY KEY, -- an INTEGER\n b TEXT COLLATE \"C\" NOT NULL DEFAULT 'TEXT', c "
      "BYTEA, d DOUBLE PRECISION\n) ;");
  EXPECT_EQ(text("CREATE TABLE t (text TEXT, blob BLOB)"), "CREATE TABLE t (text TEXT COLLATE \"C\", blob BYTEA)");
  EXPECT_EQ(text("ALTER TABLE t ADD COLUMN e TEXT"), "ALTER TABLE t ADD COLUMN e TEXT COLLATE \"C\"");
  EXPECT_EQ(text("CREATE TABLE a(x INTEGER); UPDATE a SET text = blob; CREATE TABLE b(y BLOB)"),
            "CREATE TABLE a(x BIGINT); UPDATE a SET text = blob; CREATE TABLE b(y BYTEA)");
}

TEST(Dialect, Functions) {
  EXPECT_EQ(text("SELECT CAST(a AS INTEGER), instr(b, ?1), ifnull(c, 'instr(')"),
            "SELECT CAST(a AS BIGINT), strpos(b, $1), COALESCE(c, 'instr(')");
  EXPECT_EQ(text("SELECT instr_x, 'it''s ?1'"), "SELECT instr_x, 'it''s ?1'");
}

TEST(Dialect, InsertsOfOneRow) {
  EXPECT_TRUE(to_postgres("INSERT INTO t (a, b) VALUES (?1, lower(?2))").inserts_one);
  EXPECT_TRUE(to_postgres("insert into t(a) values (?1) on conflict (a) do update set a = excluded.a").inserts_one);
  for (const char* sql :
       {"INSERT INTO t (a) VALUES (?1), (?2)", "INSERT INTO t (a) VALUES (?1) ON CONFLICT (a) DO NOTHING",
        "INSERT INTO t (a) SELECT b FROM u", "INSERT INTO t (a) VALUES (?1) RETURNING a", "UPDATE t SET a = ?1",
        "INSERT INTO t (a) VALUES (?1) ON CONFLICT (a) DO UPDATE SET a = excluded.a WHERE t.a < excluded.a"}) {
    EXPECT_FALSE(to_postgres(sql).inserts_one) << sql;
  }
}

TEST(Dialect, UnfinishedTextIsLeftAlone) {
  for (const char* sql : {"SELECT 'open", "SELECT \"open", "SELECT /* open", "SELECT ?", "", "--", "'"}) {
    EXPECT_EQ(text(sql), sql);
  }
}

}  // namespace
}  // namespace troupe::store
