#include "base/utc.h"

#include <array>
#include <ctime>

namespace troupe::base {

std::string utc_text(UnixMs time, const char* format) {
  const auto seconds = static_cast<std::time_t>(time / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  const auto length = std::strftime(text.data(), text.size(), format, &utc);
  return {text.data(), length};
}

std::optional<UnixMs> read_utc(std::string_view text, const char* format) {
  const std::string owned(text);
  std::tm utc{};
  if (strptime(owned.c_str(), format, &utc) == nullptr) return std::nullopt;
  return static_cast<UnixMs>(timegm(&utc)) * 1000;
}

std::optional<int> read_digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<std::chrono::sys_days> read_date(std::string_view text) {
  const auto year = read_digits(text, 0, 4);
  const auto month = read_digits(text, 5, 2);
  const auto day = read_digits(text, 8, 2);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

}  // namespace troupe::base
