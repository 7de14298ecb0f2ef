// Times in UTC as text.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace troupe::base {

/// "Fri, 20 Nov 2026 08:00:00 GMT" (RFC 9110 #section-5.6.7), for the two below.
inline constexpr const char* kHttpDate = "%a, %d %b %Y %H:%M:%S GMT";
/// "2026-11-20T08:00:00"
inline constexpr const char* kIsoSeconds = "%Y-%m-%dT%H:%M:%S";

/// `format` is one of strftime(); what it makes has at most 63 bytes, else the text is empty.
std::string utc_text(UnixMs time, const char* format);
/// `format` is one of strptime(); what stands behind what it takes is passed over. Nothing when the text is not so.
std::optional<UnixMs> read_utc(std::string_view text, const char* format);

/// "2026-11-20" at the front of the text; whatever stands behind is not looked at. Nothing when there is no such day.
std::optional<std::chrono::sys_days> read_date(std::string_view text);

/// The number that these `count` digits at `at` make; nothing when there are fewer, or something else.
std::optional<int> read_digits(std::string_view text, std::size_t at, std::size_t count);

}  // namespace troupe::base
