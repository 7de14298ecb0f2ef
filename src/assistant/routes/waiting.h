// How long a request waits for what it set going: ?wait_s=
#pragma once
#include "net/route/params.h"

namespace troupe::assistant::routes {

inline constexpr std::int64_t kUsualWaitSeconds = 20;
inline constexpr std::int64_t kLongestWaitSeconds = 60;
/// Beyond the longest wait, for planning and for what is written before and after.
inline constexpr std::chrono::milliseconds kWaitingDeadline{120'000};

/// Error: invalid_param.
Result<std::chrono::milliseconds> patience_of(const net::http::Request& request);
net::route::QueryParam wait_parameter();

}  // namespace troupe::assistant::routes
