// Reads when a person wants to be reminded, and of what: "in 10 minutes to stretch", "at 2026-12-01 09:30
// Europe/Berlin call Ben", "tomorrow at 9 stand-up". Pure.
#pragma once
#include <string>
#include <string_view>

#include "fleet/time/time_zone.h"

namespace troupe::fleet::time {

struct When {
  UnixSeconds due = 0;
  std::string text;  ///< what to say then; not empty
  std::string zone;  ///< the zone that was meant: the one given in the words, else the person's
  std::string note;  ///< a sentence about clocks that change at that time; empty: nothing to say
};

inline constexpr std::size_t kMaxReminderBytes = 2'000;

/// `words` is what follows "!remind". Errors: invalid_param with a sentence for the person: not understood, in the
/// past, more than five years ahead, nothing to say, an unknown zone.
Result<When> read_when(std::string_view words, UnixSeconds now, const TimeZone& zone);

/// "2 days 3 hours", "5 minutes", "40 seconds": the two largest parts.
std::string show_duration(std::int64_t seconds);

}  // namespace troupe::fleet::time
