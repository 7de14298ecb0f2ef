// What people see of a bot's work: the lines of its log, and its usage by the hour.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace troupe::fleet {

/// One line of a bot's log.
struct LogLine {
  std::int64_t seq = 0;  ///< rises within the fleet, with gaps
  base::UnixMs at_ms = 0;
  std::string level;   ///< info, warning, error
  std::string source;  ///< lifecycle, brain, stdout, stderr
  std::string text;
};
struct LogQuery {
  std::optional<std::int64_t> after;  ///< lines after this number, oldest first; none: the newest ones
  std::int64_t limit = 200;           ///< 1…1000
  std::string search;                 ///< part of the text, without regard to case; empty: all
};
struct LogPage {
  std::vector<LogLine> items;   ///< oldest first
  std::int64_t next_after = 0;  ///< ask again from here
};

/// What a bot did in one hour.
struct UsageHour {
  base::UnixMs at_ms = 0;  ///< the hour's beginning
  std::int64_t answered = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  std::int64_t latency_ms = 0;  ///< of the answered ones, together
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
};

}  // namespace troupe::fleet
