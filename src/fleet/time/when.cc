#include "fleet/time/when.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace troupe::fleet::time {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kFarthest = 5 * 366 * kDay;

constexpr std::string_view kHow =
    "Say it like this: !remind in 10 minutes to stretch, !remind at 18:30 call Ben, !remind tomorrow at 9 stand-up, or "
    "!remind at 2026-12-01 09:30 Europe/Berlin pay the rent.";

/// Words are taken from the front; what is left stays as it was written.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) { skip(); }
  std::string_view peek() const { return rest_.substr(0, std::min(rest_.find_first_of(" \t\r\n"), rest_.size())); }
  std::string_view take() {
    auto word = peek();
    rest_.remove_prefix(word.size());
    skip();
    return word;
  }
  bool take_if(std::string_view word) {
    if (base::ascii_lower(peek()) != word) return false;
    take();
    return true;
  }
  std::string_view rest() const { return rest_; }

 private:
  void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  std::string_view rest_;
};

std::optional<int> digits(std::string_view text, std::size_t least, std::size_t most) {
  if (text.size() < least || text.size() > most) return std::nullopt;
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<std::int64_t> unit_seconds(std::string_view word) {
  struct Unit {
    std::int64_t seconds;
    std::array<std::string_view, 5> names;
  };
  static constexpr std::array<Unit, 5> kUnits{{{1, {"s", "sec", "secs", "second", "seconds"}},
                                               {kMinute, {"m", "min", "mins", "minute", "minutes"}},
                                               {kHour, {"h", "hr", "hrs", "hour", "hours"}},
                                               {kDay, {"d", "day", "days", "", ""}},
                                               {7 * kDay, {"w", "wk", "week", "weeks", ""}}}};
  auto name = base::ascii_lower(word);
  while (!name.empty() && (name.back() == ',' || name.back() == ':')) name.pop_back();
  for (const auto& unit : kUnits) {
    if (!name.empty() && std::ranges::find(unit.names, name) != unit.names.end()) return unit.seconds;
  }
  return std::nullopt;
}

/// "10 minutes", "2h30m", "an hour and 5 min"; nothing when no duration is at the front.
std::optional<std::int64_t> take_duration(Words& words) {
  std::int64_t total = 0;
  bool any = false;
  while (true) {
    auto before = words;
    if (any && words.take_if("and") && words.rest().empty()) {
      words = before;
      break;
    }
    auto word = words.take();
    auto count_end = std::min(word.find_first_not_of("0123456789"), word.size());
    auto count = digits(word.substr(0, count_end), 1, 7);
    auto unit = word.substr(count_end);
    if (!count &&
        (base::ascii_lower(word) == "a" || base::ascii_lower(word) == "an" || base::ascii_lower(word) == "one")) {
      count = 1;
      unit = {};
    }
    std::optional<std::int64_t> seconds;
    bool compact = count && !unit.empty();
    if (compact) {
      // "2h30m": several in one word.
      std::int64_t sum = 0;
      auto left = word;
      while (!left.empty()) {
        auto number_end = std::min(left.find_first_not_of("0123456789"), left.size());
        auto number = digits(left.substr(0, number_end), 1, 7);
        auto name_end = std::min(left.find_first_of("0123456789", number_end), left.size());
        auto each = unit_seconds(left.substr(number_end, name_end - number_end));
        if (!number || !each) break;
        sum += *number * *each;
        left.remove_prefix(name_end);
      }
      if (left.empty()) seconds = sum;
    } else if (count) {
      if (auto each = unit_seconds(words.peek())) {
        words.take();
        seconds = *count * *each;
      }
    }
    if (!seconds) {
      words = before;
      break;
    }
    any = true;
    total += *seconds;
    if (total > 10 * kFarthest) break;
  }
  if (!any) return std::nullopt;
  return total;
}

struct Time {
  unsigned hour = 0;
  unsigned minute = 0;
};

/// "9", "09:30", "9am", "9:30pm".
std::optional<Time> read_time(std::string_view word) {
  auto text = base::ascii_lower(word);
  while (!text.empty() && (text.back() == ',' || text.back() == ':')) text.pop_back();
  int shift = -1;
  if (text.ends_with("am") || text.ends_with("pm")) {
    shift = text.ends_with("pm") ? 12 : 0;
    text.resize(text.size() - 2);
  }
  auto colon = text.find(':');
  auto hour = digits(std::string_view(text).substr(0, colon), 1, 2);
  std::optional<int> minute = 0;
  if (colon != text.npos) minute = digits(std::string_view(text).substr(colon + 1), 2, 2);
  if (!hour || !minute || *minute > 59) return std::nullopt;
  if (shift >= 0) {
    if (*hour < 1 || *hour > 12) return std::nullopt;
    *hour = *hour % 12 + shift;
  }
  if (*hour > 23) return std::nullopt;
  return Time{static_cast<unsigned>(*hour), static_cast<unsigned>(*minute)};
}

/// The local midnight of "2026-12-01"; nothing when the word is no date.
std::optional<LocalSeconds> read_date(std::string_view word) {
  if (word.size() != 10 || word[4] != '-' || word[7] != '-') return std::nullopt;
  auto year = digits(word.substr(0, 4), 4, 4);
  auto month = digits(word.substr(5, 2), 2, 2);
  auto day = digits(word.substr(8, 2), 2, 2);
  if (!year || !month || !day || !is_date(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day))) {
    return std::nullopt;
  }
  return local_seconds(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day), 0, 0);
}

/// How many days after `today` (days since 1970, local) the named weekday comes next; 1 to 7.
std::optional<std::int64_t> days_until(std::string_view word, std::int64_t today) {
  static constexpr std::array<std::string_view, 7> kNames{"sunday",   "monday", "tuesday", "wednesday",
                                                          "thursday", "friday", "saturday"};
  auto found = std::ranges::find(kNames, base::ascii_lower(word));
  if (found == kNames.end()) return std::nullopt;
  auto days = ((found - kNames.begin()) - (today + 4)) % 7;  // 1970-01-01 was a Thursday
  return days <= 0 ? days + 7 : days;
}

/// Whether a word can only be meant as a zone's name, right or wrong.
bool looks_like_zone(std::string_view word) {
  static constexpr std::array<std::string_view, 11> kAreas{"africa/", "america/",  "antarctica/", "arctic/",
                                                           "asia/",   "atlantic/", "australia/",  "europe/",
                                                           "indian/", "pacific/",  "etc/"};
  auto name = base::ascii_lower(word);
  return std::ranges::any_of(kAreas, [&](auto area) { return name.starts_with(area); });
}

Error not_understood() { return Error(Errc::invalid_param, "I did not understand when. " + std::string(kHow)); }

/// The wall-clock time at the front, and whether its day was said (else today or tomorrow, whichever is next).
struct Wall {
  LocalSeconds local = 0;
  bool day_said = false;
};

std::optional<Wall> take_wall(Words& words, LocalSeconds local_now) {
  auto today = (local_now - ((local_now % kDay) + kDay) % kDay) / kDay;
  std::optional<LocalSeconds> midnight;
  words.take_if("on");
  words.take_if("at");
  words.take_if("next");
  auto word = words.peek();
  // "2026-12-01T09:30" in one word.
  if (word.size() > 11 && (word[10] == 'T' || word[10] == 't')) {
    auto date = read_date(word.substr(0, 10));
    auto time = read_time(word.substr(11));
    if (!date || !time) return std::nullopt;
    words.take();
    return Wall{*date + time->hour * kHour + time->minute * kMinute, true};
  }
  if (auto date = read_date(word)) {
    midnight = date;
  } else if (base::ascii_lower(word) == "today") {
    midnight = today * kDay;
  } else if (base::ascii_lower(word) == "tomorrow") {
    midnight = (today + 1) * kDay;
  } else if (auto days = days_until(word, today)) {
    midnight = (today + *days) * kDay;
  }
  if (midnight) {
    words.take();
    words.take_if("at");
  }
  auto time = read_time(words.peek());
  if (!time) return std::nullopt;
  words.take();
  auto of_day = time->hour * kHour + time->minute * kMinute;
  return Wall{midnight.value_or(today * kDay) + of_day, midnight.has_value()};
}

}  // namespace

Result<When> read_when(std::string_view text, UnixSeconds now, const TimeZone& own_zone) {
  Words words(text);
  When when{.due = 0, .text = {}, .zone = own_zone.name(), .note = {}};
  words.take_if("me");
  auto start = words;
  if (words.take_if("in")) {
    auto seconds = take_duration(words);
    if (!seconds) return not_understood();
    if (*seconds <= 0) return Error(Errc::invalid_param, "That is now. Give me at least a second.");
    when.due = now + *seconds;
  } else {
    words = start;
    auto wall = take_wall(words, own_zone.to_local(now));
    if (!wall) return not_understood();
    auto zone = own_zone;
    if (auto named = TimeZone::find(words.peek());
        named && !words.peek().empty() && base::ascii_lower(words.peek()) != "z") {
      words.take();
      zone = *named;
      when.zone = zone.name();
    } else if (looks_like_zone(words.peek())) {
      return Error(Errc::invalid_param, named.error().message());
    }
    if (!wall->day_said) {
      // The next time that the zone's own clock shows it.
      auto there = zone.to_local(now);
      auto of_day = wall->local % kDay;
      wall->local = there - ((there % kDay) + kDay) % kDay + of_day;
      if (zone.to_instants(wall->local).first <= now) wall->local += kDay;
    }
    auto instants = zone.to_instants(wall->local);
    when.due = instants.first;
    if (instants.kind == Instants::Kind::gap) {
      when.note = "Clocks jump over that time; I take the moment of the jump.";
    } else if (instants.kind == Instants::Kind::overlap) {
      when.note = "Clocks show that time twice; I take the first.";
    }
    if (when.due <= now) return Error(Errc::invalid_param, "That time has passed: " + zone.show(when.due) + ".");
  }
  if (when.due - now > kFarthest) return Error(Errc::invalid_param, "That is more than five years ahead.");
  if (!words.take_if("to") && !words.take_if("that")) words.take_if(":");
  auto rest = words.rest();
  while (!rest.empty() && (rest.back() == ' ' || rest.back() == '\n')) rest.remove_suffix(1);
  if (rest.empty()) return Error(Errc::invalid_param, "What shall I remind you of? " + std::string(kHow));
  if (rest.size() > kMaxReminderBytes) {
    return Error(Errc::invalid_param,
                 "That is too long: a reminder holds " + std::to_string(kMaxReminderBytes) + " bytes.");
  }
  when.text = rest;
  return when;
}

std::string show_duration(std::int64_t seconds) {
  struct Part {
    std::int64_t seconds;
    std::string_view name;
  };
  static constexpr std::array<Part, 4> kParts{{{kDay, "day"}, {kHour, "hour"}, {kMinute, "minute"}, {1, "second"}}};
  std::string shown;
  int parts = 0;
  for (const auto& part : kParts) {
    auto count = seconds / part.seconds;
    if (count <= 0 || parts == 2) continue;
    seconds -= count * part.seconds;
    if (parts++ > 0) shown += ' ';
    shown += std::to_string(count) + ' ' + std::string(part.name) + (count == 1 ? "" : "s");
  }
  return shown.empty() ? "0 seconds" : shown;
}

}  // namespace troupe::fleet::time
