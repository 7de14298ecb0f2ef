#include "fleet/time/time_zone.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace troupe::fleet::time {
namespace {

constexpr std::size_t kMaxNameBytes = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

Error unknown(std::string_view name) {
  return Error(Errc::invalid_param, "There is no time zone '" + std::string(name.substr(0, kMaxNameBytes)) +
                                        "'. Names look like Europe/Berlin, America/New_York or UTC.");
}

date::sys_seconds at(UnixSeconds instant) { return date::sys_seconds(std::chrono::seconds(instant)); }

}  // namespace

TimeZone TimeZone::utc() { return {nullptr, "UTC"}; }

Result<TimeZone> TimeZone::find(std::string_view name) {
  if (equal_ignoring_case(name, "UTC") || equal_ignoring_case(name, "Z") || equal_ignoring_case(name, "Etc/UTC")) {
    return utc();
  }
  // The library opens files by these names: nothing but names may pass.
  bool plain = !name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '+' || c == '-';
  });
  if (!plain) return unknown(name);
  try {
    for (const auto& zone : date::get_tzdb().zones) {
      if (!equal_ignoring_case(zone.name(), name)) continue;
      (void)zone.get_info(at(0));  // reads the zone's file: what is wrong with it shows here
      return TimeZone(&zone, zone.name());
    }
  } catch (const std::exception& e) {
    return Error(Errc::unavailable, "The system's time zone data cannot be read: is tzdata installed?", e.what());
  }
  return unknown(name);
}

LocalSeconds TimeZone::to_local(UnixSeconds instant) const {
  if (zone_ == nullptr) return instant;
  return instant + zone_->get_info(at(instant)).offset.count();
}

Instants TimeZone::to_instants(LocalSeconds local) const {
  if (zone_ == nullptr) return {Instants::Kind::unique, local, local};
  auto info = zone_->get_info(date::local_seconds(std::chrono::seconds(local)));
  if (info.result == date::local_info::nonexistent) {
    auto jump = info.first.end.time_since_epoch().count();
    return {Instants::Kind::gap, jump, jump};
  }
  auto first = local - info.first.offset.count();
  if (info.result == date::local_info::ambiguous) {
    return {Instants::Kind::overlap, first, local - info.second.offset.count()};
  }
  return {Instants::Kind::unique, first, first};
}

std::string TimeZone::show(UnixSeconds instant) const {
  auto local = to_local(instant);
  auto days = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(local)));
  std::chrono::year_month_day day(days);
  auto second = local - days.time_since_epoch().count() * 86'400;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} ({})", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), second / 3600,
                     second / 60 % 60, name_);
}

LocalSeconds local_seconds(int year, unsigned month, unsigned day, unsigned hour, unsigned minute) {
  std::chrono::sys_days days{std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)};
  return std::int64_t{days.time_since_epoch().count()} * 86'400 + std::int64_t{hour} * 3600 + std::int64_t{minute} * 60;
}

bool is_date(int year, unsigned month, unsigned day) {
  return (std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)).ok();
}

}  // namespace troupe::fleet::time
