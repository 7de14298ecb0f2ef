// Days as people write them.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace troupe::assistant::slots {

/// A day that the whole text names: "2026-03-04", "3/4/2026" (month first), "4.3.2026" (day first), "March 4", "4 March
/// 2026", "tomorrow", "in 3 days", "next Monday", "Friday" (the next one, today not counted). A day without a year is
/// the next such one from `today` on. Nothing for anything else, and for days that no calendar has.
std::optional<std::chrono::year_month_day> read_day(std::string_view text, std::chrono::year_month_day today);

}  // namespace troupe::assistant::slots
