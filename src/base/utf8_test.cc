#include "base/utf8.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace troupe::base {
namespace {

std::string written(char32_t point) {
  std::string out;
  append_utf8(out, point);
  return out;
}

TEST(Utf8, EachLengthAtItsBounds) {
  EXPECT_EQ(written(U'A'), "A");
  EXPECT_EQ(written(0), std::string(1, '\0'));
  EXPECT_EQ(written(0x7f), "\x7f");
  EXPECT_EQ(written(0x80), "\xc2\x80");
  EXPECT_EQ(written(0x7ff), "\xdf\xbf");
  EXPECT_EQ(written(0x800), "\xe0\xa0\x80");
  EXPECT_EQ(written(0xffff), "\xef\xbf\xbf");
  EXPECT_EQ(written(0x10000), "\xf0\x90\x80\x80");
  EXPECT_EQ(written(0x10ffff), "\xf4\x8f\xbf\xbf");
}

TEST(Utf8, WhatIsWrittenIsUtf8) {
  for (char32_t point = 0; point <= 0x10ffff; point += point < 0x900 ? 1 : 0x3f) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    EXPECT_TRUE(is_utf8(written(point))) << static_cast<std::uint32_t>(point);
  }
}

}  // namespace
}  // namespace troupe::base
