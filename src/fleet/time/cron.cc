#include "fleet/time/cron.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace troupe::fleet::time {
namespace {

constexpr int kDaysLooked = 8 * 366 + 1;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kMaxBytes = 200;

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  int low;
  int high;
  std::span<const std::string_view> names = {};
  int first_name = 0;  ///< the number of the first name
};

constexpr Field kMinuteField{"minute", 0, 59};
constexpr Field kHourField{"hour", 0, 23};
constexpr Field kDayOfMonth{"day of the month", 1, 31};
constexpr Field kMonth{"month", 1, 12, kMonths, 1};
constexpr Field kWeekday{"day of the week", 0, 7, kWeekdays, 0};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> pieces;
  for (std::size_t from = 0; from <= text.size();) {
    auto end = std::min(text.find(at, from), text.size());
    pieces.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return pieces;
}

Error wrong(const Field& field, std::string_view text) {
  std::string names =
      field.names.empty() ? "" : ", or " + std::string(field.names.front()) + " to " + std::string(field.names.back());
  return Error(Errc::invalid_param, "The " + std::string(field.name) + " '" + std::string(text.substr(0, 40)) +
                                        "' of the schedule is wrong: it takes " + std::to_string(field.low) + " to " +
                                        std::to_string(field.high) + names + ", with * , - and /.");
}

std::optional<int> number(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (base::ascii_lower(text) == field.names[i]) return static_cast<int>(i) + field.first_name;
  }
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (value < field.low || value > field.high) return std::nullopt;
  return value;
}

/// The numbers of one field, from `field.low` on.
Result<std::vector<int>> numbers(const Field& field, std::string_view text) {
  std::vector<int> found;
  for (auto piece : split(text, ',')) {
    int step = 1;
    auto range = piece;
    bool stepped = false;
    if (auto slash = piece.find('/'); slash != piece.npos) {
      range = piece.substr(0, slash);
      auto count = piece.substr(slash + 1);
      auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), step);
      if (error != std::errc() || end != count.data() + count.size() || step < 1 || step > field.high) {
        return wrong(field, piece);
      }
      stepped = true;
    }
    int low = field.low;
    int high = field.high;
    if (range != "*") {
      auto dash = range.find('-');
      auto first = number(field, range.substr(0, dash));
      auto last =
          dash == range.npos ? (stepped ? std::optional(field.high) : first) : number(field, range.substr(dash + 1));
      if (!first || !last || *first > *last) return wrong(field, piece);
      low = *first;
      high = *last;
    }
    for (int n = low; n <= high; n += step) found.push_back(n);
  }
  return found;
}

std::string_view spelled_out(std::string_view text) {
  auto word = base::ascii_lower(text);
  if (word == "@hourly") return "0 * * * *";
  if (word == "@daily" || word == "@midnight") return "0 0 * * *";
  if (word == "@weekly") return "0 0 * * 0";
  if (word == "@monthly") return "0 0 1 * *";
  if (word == "@yearly" || word == "@annually") return "0 0 1 1 *";
  return text;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  std::vector<std::string_view> fields;
  for (auto field : split(spelled_out(text.substr(0, kMaxBytes)), ' ')) {
    if (!field.empty()) fields.push_back(field);
  }
  if (fields.size() != 5 || text.size() > kMaxBytes) {
    return Error(Errc::invalid_param,
                 "A schedule has five fields: minute, hour, day of the month, month, day of the week. "
                 "\"0 9 * * 1-5\" is at nine on working days.");
  }
  Cron cron;
  TRY(auto minutes, numbers(kMinuteField, fields[0]));
  TRY(auto hours, numbers(kHourField, fields[1]));
  TRY(auto days, numbers(kDayOfMonth, fields[2]));
  TRY(auto months, numbers(kMonth, fields[3]));
  TRY(auto weekdays, numbers(kWeekday, fields[4]));
  for (int n : minutes) cron.minutes_.set(static_cast<std::size_t>(n));
  for (int n : hours) cron.hours_.set(static_cast<std::size_t>(n));
  for (int n : days) cron.days_.set(static_cast<std::size_t>(n));
  for (int n : months) cron.months_.set(static_cast<std::size_t>(n));
  for (int n : weekdays) cron.weekdays_.set(static_cast<std::size_t>(n % 7));
  cron.any_day_ = fields[2].starts_with('*');
  cron.any_weekday_ = fields[4].starts_with('*');
  return cron;
}

bool Cron::is_day(std::int64_t local_day) const {
  std::chrono::sys_days days{std::chrono::days(local_day)};
  std::chrono::year_month_day date(days);
  if (!months_.test(static_cast<unsigned>(date.month()))) return false;
  bool day = days_.test(static_cast<unsigned>(date.day()));
  bool weekday = weekdays_.test(std::chrono::weekday(days).c_encoding());
  return any_day_ || any_weekday_ ? day && weekday : day || weekday;
}

std::optional<UnixSeconds> Cron::next_after(const TimeZone& zone, UnixSeconds after) const {
  auto local = zone.to_local(after);
  // One day early: where clocks go back over midnight, an earlier day's time may still come.
  auto today = (local - (((local % kDaySeconds) + kDaySeconds) % kDaySeconds)) / kDaySeconds - 1;
  std::optional<UnixSeconds> best;
  std::optional<std::int64_t> best_day;
  auto consider = [&](UnixSeconds instant, std::int64_t day) {
    if (instant <= after || (best && *best <= instant)) return;
    best = instant;
    if (!best_day) best_day = day;
  };
  for (auto day = today; day < today + kDaysLooked; ++day) {
    if (best_day && day > *best_day + 1) break;  // the day after is looked at for the same reason
    if (!is_day(day)) continue;
    for (std::size_t hour = 0; hour < 24; ++hour) {
      if (!hours_.test(hour)) continue;
      for (std::size_t minute = 0; minute < 60; ++minute) {
        if (!minutes_.test(minute)) continue;
        auto instants = zone.to_instants(day * kDaySeconds + static_cast<std::int64_t>(hour * 3600 + minute * 60));
        if (hours_.all()) {
          if (instants.kind == Instants::Kind::gap) continue;
          consider(instants.second, day);
        }
        consider(instants.first, day);
      }
    }
  }
  return best;
}

}  // namespace troupe::fleet::time
