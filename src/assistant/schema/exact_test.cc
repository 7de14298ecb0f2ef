#include "assistant/schema/exact.h"

#include <gtest/gtest.h>

namespace troupe::assistant::schema {
namespace {

std::string read(std::string_view text) {
  const auto value = parse_exact(text);
  return value ? matrix::canonical_json(*value) : "refused";
}

TEST(ExactTest, WholeNumbersKeepTheirDigits) {
  for (const auto* number : {"0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808",
                             "9223372036854775808", "18446744073709551615"}) {
    EXPECT_EQ(read(number), number);
  }
  EXPECT_EQ(read("18446744073709551616"), R"("18446744073709551616")");
  EXPECT_EQ(read("[-9223372036854775809,1]"), R"(["-9223372036854775809",1])");
  EXPECT_EQ(read(R"({"a": 123456789012345678901234567890 , "b":[100000000000000000000]})"),
            R"({"a":"123456789012345678901234567890","b":["100000000000000000000"]})");
}

TEST(ExactTest, WhatIsNoWholeNumberIsAsItWas) {
  for (const auto* text :
       {R"({"a":"18446744073709551616"})", R"(["\"18446744073709551616","\\",184467440737095516.5,1e30])",
        R"({"18446744073709551616":1})", "18446744073709551616.5", "1844674407370955161600e2", "[]", R"("\\\"")"}) {
    const auto plain = matrix::parse_json(text);
    ASSERT_TRUE(plain) << text;
    EXPECT_EQ(read(text), matrix::canonical_json(*plain)) << text;
  }
  for (const auto* text :
       {"018446744073709551616", "-018446744073709551616", "--18446744073709551616", "18446744073709551616x",
        "\"18446744073709551616", "\"\\", "-", "", "1844674407370955161618446744073709551616+"}) {
    EXPECT_EQ(read(text), "refused") << text;
  }
}

TEST(ExactTest, LostDigitsAreSeen) {
  EXPECT_TRUE(has_lost_digits(boost::json::parse(R"({"a":[{"b":18446744073709551616}]})")));
  EXPECT_TRUE(has_lost_digits(boost::json::parse("-1e30")));
  EXPECT_FALSE(has_lost_digits(boost::json::parse(R"({"a":[18446744073709551615,-9.5,"18446744073709551616",null]})")));
}

}  // namespace
}  // namespace troupe::assistant::schema
