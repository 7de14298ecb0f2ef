// Times that repeat, in the five fields of cron: minute hour day-of-month month day-of-week. Pure.
#pragma once
#include <bitset>
#include <optional>
#include <string_view>

#include "fleet/time/time_zone.h"

namespace troupe::fleet::time {

/// Numbers, lists (1,15), ranges (1-5), steps (*/15, 8-18/2), names of months and days (jan, mon), 7 for Sunday, and
/// @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually. When both day fields are restricted, either may
/// match, as cron has always done it.
///
/// When clocks change: a fixed hour that is jumped over comes at the moment of the jump; a fixed hour that comes twice
/// is taken the first time. With every hour allowed, times are taken as the clock shows them: none in a gap, each of
/// both in an overlap.
class Cron {
 public:
  /// Error: invalid_param, naming the field and what would be right.
  static Result<Cron> parse(std::string_view text);

  /// The first time after an instant; nothing when there is none in the next eight years (30 February).
  std::optional<UnixSeconds> next_after(const TimeZone& zone, UnixSeconds after) const;

 private:
  bool is_day(std::int64_t local_day) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;  ///< 0: Sunday
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace troupe::fleet::time
