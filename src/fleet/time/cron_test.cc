#include "fleet/time/cron.h"

#include <gtest/gtest.h>

namespace troupe::fleet::time {
namespace {

TimeZone zone(std::string_view name) {
  auto found = TimeZone::find(name);
  if (!found) throw std::runtime_error(found.error().message());
  return *found;
}

/// The next `count` times as the zone's clocks show them.
std::vector<std::string> next(std::string_view text, const TimeZone& in, UnixSeconds after, int count = 1) {
  auto cron = Cron::parse(text);
  if (!cron) return {cron.error().message()};
  std::vector<std::string> shown;
  for (int i = 0; i < count; ++i) {
    auto at = cron->next_after(in, after);
    if (!at) {
      shown.emplace_back("never");
      break;
    }
    shown.push_back(in.show(*at).substr(0, 16));
    after = *at;
  }
  return shown;
}
using Times = std::vector<std::string>;

TEST(TimeZoneTest, KnowsNamesInAnyCaseAndRefusesOthers) {
  EXPECT_EQ(zone("europe/berlin").name(), "Europe/Berlin");
  EXPECT_EQ(zone("utc").name(), "UTC");
  for (std::string_view wrong : {"", "Mars/Base", "../etc/passwd", "Europe/Berlin\n", "Europe"}) {
    auto found = TimeZone::find(wrong);
    ASSERT_FALSE(found) << wrong;
    EXPECT_EQ(found.error().code(), Errc::invalid_param);
  }
}

TEST(TimeZoneTest, KnowsWhereClocksJump) {
  auto berlin = zone("Europe/Berlin");
  auto summer = berlin.to_instants(local_seconds(2026, 7, 1, 12, 0));
  EXPECT_EQ(summer.first, local_seconds(2026, 7, 1, 10, 0));
  auto gap = berlin.to_instants(local_seconds(2027, 3, 28, 2, 30));
  EXPECT_EQ(gap.kind, Instants::Kind::gap);
  EXPECT_EQ(gap.first, local_seconds(2027, 3, 28, 1, 0));
  auto twice = berlin.to_instants(local_seconds(2026, 10, 25, 2, 30));
  EXPECT_EQ(twice.kind, Instants::Kind::overlap);
  EXPECT_EQ(twice.first, local_seconds(2026, 10, 25, 0, 30));
  EXPECT_EQ(twice.second, local_seconds(2026, 10, 25, 1, 30));
  EXPECT_EQ(berlin.show(local_seconds(2026, 12, 1, 8, 30)), "2026-12-01 09:30 (Europe/Berlin)");
}

TEST(CronTest, FindsTheNextTimes) {
  auto utc = TimeZone::utc();
  auto friday = local_seconds(2026, 11, 20, 9, 0);
  EXPECT_EQ(next("0 9 * * 1-5", utc, friday, 2), (Times{"2026-11-23 09:00", "2026-11-24 09:00"}));
  EXPECT_EQ(next("*/20 * * * *", utc, friday, 3), (Times{"2026-11-20 09:20", "2026-11-20 09:40", "2026-11-20 10:00"}));
  EXPECT_EQ(next("30 8-18/5 * * *", utc, friday, 3),
            (Times{"2026-11-20 13:30", "2026-11-20 18:30", "2026-11-21 08:30"}));
  EXPECT_EQ(next("0 0 1,15 feb *", utc, friday, 2), (Times{"2027-02-01 00:00", "2027-02-15 00:00"}));
  EXPECT_EQ(next("0 12 13 * Fri", utc, friday, 3), (Times{"2026-11-20 12:00", "2026-11-27 12:00", "2026-12-04 12:00"}));
  EXPECT_EQ(next("0 12 13 12 Fri", utc, local_seconds(2026, 12, 12, 0, 0), 2),
            (Times{"2026-12-13 12:00", "2026-12-18 12:00"}));
  EXPECT_EQ(next("0 12 * * 7", utc, friday), (Times{"2026-11-22 12:00"}));
  EXPECT_EQ(next("@Monthly", utc, friday), (Times{"2026-12-01 00:00"}));
  EXPECT_EQ(next("0 0 29 2 *", utc, friday), (Times{"2028-02-29 00:00"}));
  EXPECT_EQ(next("0 0 30 2 *", utc, friday), (Times{"never"}));
  EXPECT_EQ(next("5/20 9 * * *", utc, friday, 3), (Times{"2026-11-20 09:05", "2026-11-20 09:25", "2026-11-20 09:45"}));
}

TEST(CronTest, AFixedHourComesOnceWhenClocksChange) {
  auto berlin = zone("Europe/Berlin");
  // 28 March 2027: from 02:00 to 03:00. 25 October 2026: 02:00 to 03:00 twice.
  auto before_gap = local_seconds(2027, 3, 27, 12, 0);
  EXPECT_EQ(next("30 2 * * *", berlin, before_gap, 2), (Times{"2027-03-28 03:00", "2027-03-29 02:30"}));
  auto before_overlap = local_seconds(2026, 10, 24, 12, 0);
  auto cron = *Cron::parse("30 2 * * *");
  auto first = cron.next_after(berlin, before_overlap);
  EXPECT_EQ(first, local_seconds(2026, 10, 25, 0, 30));
  EXPECT_EQ(cron.next_after(berlin, *first), local_seconds(2026, 10, 26, 1, 30));
}

TEST(CronTest, EveryHourFollowsTheClock) {
  auto berlin = zone("Europe/Berlin");
  auto cron = *Cron::parse("*/30 * * * *");
  auto at = local_seconds(2026, 10, 24, 23, 30);  // 01:30 in Berlin
  for (int i = 1; i <= 6; ++i) {
    auto following = cron.next_after(berlin, at);
    ASSERT_TRUE(following);
    EXPECT_EQ(*following - at, 1800) << i;  // also through the hour that comes twice
    at = *following;
  }
  EXPECT_EQ(next("*/30 * * * *", berlin, local_seconds(2027, 3, 28, 0, 0), 3),
            (Times{"2027-03-28 01:30", "2027-03-28 03:00", "2027-03-28 03:30"}));
}

TEST(CronTest, SaysWhatIsWrong) {
  for (auto [text, part] : std::vector<std::pair<std::string, std::string>>{{"", "five fields"},
                                                                            {"* * * *", "five fields"},
                                                                            {"60 * * * *", "minute '60'"},
                                                                            {"* 24 * * *", "hour '24'"},
                                                                            {"* * 0 * *", "day of the month '0'"},
                                                                            {"* * * 13 *", "month '13'"},
                                                                            {"* * * * 8", "day of the week '8'"},
                                                                            {"5-1 * * * *", "minute '5-1'"},
                                                                            {"*/0 * * * *", "minute '*/0'"},
                                                                            {"1,,2 * * * *", "minute ''"},
                                                                            {"x * * * *", "minute 'x'"},
                                                                            {std::string(5000, '*'), "five fields"}}) {
    auto cron = Cron::parse(text);
    ASSERT_FALSE(cron) << text;
    EXPECT_NE(cron.error().message().find(part), std::string::npos) << cron.error().message();
  }
}

}  // namespace
}  // namespace troupe::fleet::time
