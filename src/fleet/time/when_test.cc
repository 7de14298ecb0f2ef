#include "fleet/time/when.h"

#include <gtest/gtest.h>

namespace troupe::fleet::time {
namespace {

/// Friday 20 November 2026, 12:00 in Berlin.
const UnixSeconds kNow = local_seconds(2026, 11, 20, 11, 0);

TimeZone berlin() { return *TimeZone::find("Europe/Berlin"); }

/// "time | text", or the error.
std::string read(std::string_view words, UnixSeconds now = kNow) {
  auto when = read_when(words, now, berlin());
  if (!when) return when.error().message();
  return TimeZone::find(when->zone)->show(when->due) + " | " + when->text;
}

TEST(WhenTest, ReadsDurations) {
  EXPECT_EQ(read("in 10 minutes to stretch"), "2026-11-20 12:10 (Europe/Berlin) | stretch");
  EXPECT_EQ(read("me in 2h30m that the Tea is ready"), "2026-11-20 14:30 (Europe/Berlin) | the Tea is ready");
  EXPECT_EQ(read("in 1 day and 2 hours: call Ben"), "2026-11-21 14:00 (Europe/Berlin) | call Ben");
  EXPECT_EQ(read("In an hour go"), "2026-11-20 13:00 (Europe/Berlin) | go");
  EXPECT_EQ(read("in 90 sec and then some"), "2026-11-20 12:01 (Europe/Berlin) | and then some");
  EXPECT_EQ(read("in 2 weeks\nto  pay"), "2026-12-04 12:00 (Europe/Berlin) | pay");
  EXPECT_EQ(read("in 5 min 3 eggs"), "2026-11-20 12:05 (Europe/Berlin) | 3 eggs");
}

TEST(WhenTest, ReadsTimesOfDayAndDates) {
  EXPECT_EQ(read("at 18:30 call Ben"), "2026-11-20 18:30 (Europe/Berlin) | call Ben");
  EXPECT_EQ(read("at 9 stand-up"), "2026-11-21 09:00 (Europe/Berlin) | stand-up");
  EXPECT_EQ(read("at 9pm to sleep"), "2026-11-20 21:00 (Europe/Berlin) | sleep");
  EXPECT_EQ(read("tomorrow at 9:15am stand-up"), "2026-11-21 09:15 (Europe/Berlin) | stand-up");
  EXPECT_EQ(read("on monday at 8 bins"), "2026-11-23 08:00 (Europe/Berlin) | bins");
  EXPECT_EQ(read("friday 8:00 bins"), "2026-11-27 08:00 (Europe/Berlin) | bins");
  EXPECT_EQ(read("at 2026-12-01 09:30 rent"), "2026-12-01 09:30 (Europe/Berlin) | rent");
  EXPECT_EQ(read("on 2026-12-01T09:30 rent"), "2026-12-01 09:30 (Europe/Berlin) | rent");
}

TEST(WhenTest, TakesAZoneFromTheWords) {
  EXPECT_EQ(read("at 2026-12-01 09:30 America/New_York rent"), "2026-12-01 09:30 (America/New_York) | rent");
  // Noon in Berlin is 20:00 in Tokyo: nine there is tomorrow.
  EXPECT_EQ(read("at 9:00 Asia/Tokyo call"), "2026-11-21 09:00 (Asia/Tokyo) | call");
  EXPECT_EQ(read("at 12:30 utc call"), "2026-11-20 12:30 (UTC) | call");
  EXPECT_EQ(read("at 18:00 TCP/IP lecture"), "2026-11-20 18:00 (Europe/Berlin) | TCP/IP lecture");
  EXPECT_NE(read("at 18:00 Europe/Atlantis call").find("no time zone 'Europe/Atlantis'"), std::string::npos);
}

TEST(WhenTest, SaysWhatHappensWhenClocksChange) {
  auto gap = read_when("at 2027-03-28 02:30 wake up", kNow, berlin());
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->due, local_seconds(2027, 3, 28, 1, 0));
  EXPECT_NE(gap->note.find("jump"), std::string::npos);
  auto twice = read_when("at 2027-10-31 02:30 wake up", kNow, berlin());
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->due, local_seconds(2027, 10, 31, 0, 30));
  EXPECT_NE(twice->note.find("twice"), std::string::npos);
}

TEST(WhenTest, SaysWhatIsWrong) {
  for (auto [words, part] :
       std::vector<std::pair<std::string, std::string>>{{"", "did not understand"},
                                                        {"in", "did not understand"},
                                                        {"in ten minutes x", "did not understand"},
                                                        {"in 0 minutes x", "at least a second"},
                                                        {"in 99999999 days x", "did not understand"},
                                                        {"in 9999 weeks x", "five years"},
                                                        {"in 5 minutes", "What shall I remind"},
                                                        {"in 5 minutes to", "What shall I remind"},
                                                        {"at 25:00 x", "did not understand"},
                                                        {"at 2026-02-30 10:00 x", "did not understand"},
                                                        {"at 2026-11-19 10:00 x", "has passed"},
                                                        {"today at 9 x", "has passed"},
                                                        {"in 5 minutes " + std::string(3000, 'x'), "too long"}}) {
    EXPECT_NE(read(words).find(part), std::string::npos) << words << " -> " << read(words);
  }
}

TEST(WhenTest, ShowsDurations) {
  EXPECT_EQ(show_duration(40), "40 seconds");
  EXPECT_EQ(show_duration(61), "1 minute 1 second");
  EXPECT_EQ(show_duration(2 * 86400 + 3 * 3600 + 59), "2 days 3 hours");
  EXPECT_EQ(show_duration(0), "0 seconds");
}

}  // namespace
}  // namespace troupe::fleet::time
