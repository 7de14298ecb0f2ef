#include "store/postgres_values.h"

#include <gtest/gtest.h>

#include <limits>

#include "store/postgres_url.h"

namespace troupe::store {
namespace {

TEST(PostgresValues, EveryTextComesBackAndNoTwoMeet) {
  const std::string texts[] = {"",
                               "plain",
                               "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                               std::string("a\0b", 3),
                               "\xff",
                               "\xc3",
                               "\xc0\x80",
                               "\xed\xa0\x80",
                               "\xf4\x90\x80\x80",
                               "\xf4\x8f\xbf\xbe",
                               "\xf4\x8f\xbf\xbe"
                               "ff",
                               "\xf4\x8f\xbf\xbf"};
  std::set<std::string> seen;
  for (const auto& text : texts) {
    const auto sent = needs_escape(text) ? escape_text(text) : text;
    EXPECT_FALSE(sent.contains('\0'));
    EXPECT_TRUE(seen.insert(sent).second);
    EXPECT_EQ(is_escaped(sent) ? unescape_text(sent) : sent, text);
  }
  EXPECT_FALSE(needs_escape("caf\xc3\xa9 \xf0\x9f\x98\x80"));
}

TEST(PostgresValues, Integers) {
  for (std::int64_t n :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::min()}) {
    char bytes[8];
    put_int8(n, bytes);
    EXPECT_EQ(get_integer(pg_type::kInt8, {bytes, 8}), n);
  }
  EXPECT_EQ(get_integer(pg_type::kInt4, std::string_view("\xff\xff\xff\xfe", 4)), -2);
  EXPECT_EQ(get_integer(pg_type::kBool, std::string_view("\x01", 1)), 1);
  EXPECT_EQ(get_integer(pg_type::kText, "42 rows"), 42);
  // 120034.5 and -10000 as numeric: count, weight, sign, scale, digits.
  EXPECT_EQ(get_integer(pg_type::kNumeric, std::string_view("\0\3\0\1\0\0\0\1\0\x0c\0\x22\x13\x88", 14)), 120'034);
  EXPECT_EQ(get_integer(pg_type::kNumeric, std::string_view("\0\1\0\1\x40\0\0\0\0\1", 10)), -10'000);
  EXPECT_EQ(get_integer(pg_type::kNumeric, "short"), 0);
}

TEST(PostgresUrl, IsTakenApart) {
  auto url =
      PostgresUrl::parse("postgresql://me:p%40ss@db.example:5433/troupe?sslmode=require&schema=bots&connect_timeout=3");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->url, "postgresql://me:p%40ss@db.example:5433/troupe?sslmode=require&connect_timeout=3");
  EXPECT_EQ(url->schema, "bots");
  EXPECT_EQ(url->shown, "me@db.example:5433/troupe (schema bots)");
  EXPECT_EQ(PostgresUrl::parse("postgres:///x?host=/run/postgresql").value().shown, "/run/postgresql/x");
  for (const char* bad : {"", "mysql://a", "postgres://u:geheim@h:port/d", "postgres://u:geheim@[::1/d",
                          "postgres://h/d?geheim=1", "postgres://h/d?schema=a-b", "postgres://h/d?schema=1a"}) {
    auto parsed = PostgresUrl::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().message().find("geheim"), std::string::npos);
    EXPECT_EQ(parsed.error().detail().find("geheim"), std::string::npos);
  }
}

}  // namespace
}  // namespace troupe::store
