#include "base/utc.h"

#include <gtest/gtest.h>

namespace troupe::base {
namespace {

constexpr UnixMs kEight = 1'795'161'600'123;  // 2026-11-20T08:00:00.123Z

TEST(Utc, TimesAreWritten) {
  EXPECT_EQ(utc_text(kEight, kHttpDate), "Fri, 20 Nov 2026 08:00:00 GMT");
  EXPECT_EQ(utc_text(kEight, kIsoSeconds), "2026-11-20T08:00:00");
  EXPECT_EQ(utc_text(0, "%Y%m%dT%H%M%SZ"), "19700101T000000Z");
  EXPECT_EQ(utc_text(0, "%A %A %A %A %A %A %A %A %A"), "") << "longer than there is room for";
}

TEST(Utc, TimesAreRead) {
  EXPECT_EQ(read_utc("Fri, 20 Nov 2026 08:00:00 GMT", kHttpDate), kEight - 123);
  EXPECT_EQ(read_utc("2026-11-20T08:00:00.123Z", kIsoSeconds), kEight - 123) << "what stands behind is passed over";
  EXPECT_FALSE(read_utc("", kHttpDate));
  EXPECT_FALSE(read_utc("tomorrow", kIsoSeconds));
  EXPECT_FALSE(read_utc("2026-11-20", kIsoSeconds));
}

TEST(Utc, DaysAreRead) {
  EXPECT_EQ(read_date("1970-01-02"), std::chrono::sys_days(std::chrono::days(1)));
  EXPECT_EQ(read_date("2024-02-29T00:00"), read_date("2024-02-29"));
  for (const auto* wrong : {"", "2026-11-2", "2026-11-", "2026/11/20", "2026-13-01", "2026-00-01", "2023-02-29",
                            "-026-11-20", "2026-+1-20", "2026-11-2x"})
    EXPECT_FALSE(read_date(wrong)) << wrong;
}

TEST(Utc, DigitsAreNothingElse) {
  EXPECT_EQ(read_digits("x042", 1, 3), 42);
  EXPECT_FALSE(read_digits("x042", 1, 4));
  EXPECT_FALSE(read_digits("x-42", 1, 3));
  EXPECT_FALSE(read_digits("x 42", 1, 3));
}

}  // namespace
}  // namespace troupe::base
