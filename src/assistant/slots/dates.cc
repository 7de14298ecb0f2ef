#include "assistant/slots/dates.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace troupe::assistant::slots {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr unsigned kMostDaysAhead = 3'650;
constexpr int kDaysOfWeek = 7;

template <std::size_t N>
std::optional<unsigned> place_of(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto found = std::ranges::find_if(words, [&](auto known) { return word.starts_with(known); });
  if (found == words.end()) return std::nullopt;
  return static_cast<unsigned>(found - words.begin());
}

std::optional<year_month_day> valid(year_month_day date) {
  if (!date.ok()) return std::nullopt;
  return date;
}

/// In this year, or in the next one when it is past.
std::optional<year_month_day> coming(unsigned m, unsigned d, year_month_day today) {
  const year_month_day now{today.year(), month(m), day(d)};
  if (now.ok() && sys_days(now) >= sys_days(today)) return now;
  return valid({today.year() + std::chrono::years(1), month(m), day(d)});
}

std::optional<year_month_day> numbers(const std::string& text, year_month_day today) {
  static const RE2 iso(R"((\d{4})-(\d{1,2})-(\d{1,2}))");
  static const RE2 slashed(R"((\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?)");
  static const RE2 dotted(R"((\d{1,2})\.(\d{1,2})\.(\d{4})?)");
  int y = 0;
  unsigned m = 0, d = 0;
  if (RE2::FullMatch(text, iso, &y, &m, &d)) return valid({year(y), month(m), day(d)});
  std::string years;
  if (!RE2::FullMatch(text, slashed, &m, &d, &years) && !RE2::FullMatch(text, dotted, &d, &m, &years))
    return std::nullopt;
  if (years.empty()) return coming(m, d, today);
  y = std::stoi(years);
  return valid({year(years.size() == 2 ? 2000 + y : y), month(m), day(d)});
}

std::optional<year_month_day> with_month(const std::string& text, year_month_day today) {
  static const RE2 month_first(R"(([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?)");
  static const RE2 day_first(R"((\d{1,2})(?:st|nd|rd|th|\.)? (?:of )?([a-z]{3,9})\.?(?:,? (\d{4}))?)");
  std::string name, years;
  unsigned d = 0;
  if (!RE2::FullMatch(text, month_first, &name, &d, &years) && !RE2::FullMatch(text, day_first, &d, &name, &years)) {
    return std::nullopt;
  }
  const auto m = place_of(kMonths, name);
  if (!m) return std::nullopt;
  if (years.empty()) return coming(*m + 1, d, today);
  return valid({year(std::stoi(years)), month(*m + 1), day(d)});
}

std::optional<year_month_day> relative(const std::string& text, year_month_day today) {
  static const RE2 ahead(R"(in (\d{1,4}) (day|week)s?)");
  static const RE2 named(R"((?:on |next |this )?([a-z]{3,9}))");
  const sys_days now = today;
  if (text == "today") return today;
  if (text == "tomorrow") return now + days(1);
  if (text == "yesterday") return now - days(1);
  unsigned count = 0;
  std::string word;
  if (RE2::FullMatch(text, ahead, &count, &word)) {
    if (word == "week") count *= kDaysOfWeek;
    if (count > kMostDaysAhead) return std::nullopt;
    return now + days(count);
  }
  if (!RE2::FullMatch(text, named, &word) || !word.ends_with("day")) return std::nullopt;
  const auto which = place_of(kWeekdays, word);
  if (!which) return std::nullopt;
  const auto until = (weekday(*which) - weekday(now)).count();
  return now + days(until == 0 ? kDaysOfWeek : until);
}

}  // namespace

std::optional<year_month_day> read_day(std::string_view text, year_month_day today) {
  const auto lower = base::ascii_lower(text);
  if (auto found = numbers(lower, today)) return found;
  if (auto found = with_month(lower, today)) return found;
  return relative(lower, today);
}

}  // namespace troupe::assistant::slots
