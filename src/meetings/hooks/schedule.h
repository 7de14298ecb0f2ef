// When a delivery is tried again, and when no more. Pure.
#pragma once
#include <array>
#include <chrono>
#include <optional>

#include "meetings/hooks/webhook.h"

namespace troupe::meetings::hooks {

/// Before each try, after the one before it.
inline constexpr std::array kPauses{std::chrono::milliseconds(0),          std::chrono::milliseconds(5'000),
                                    std::chrono::milliseconds(60'000),     std::chrono::milliseconds(300'000),
                                    std::chrono::milliseconds(1'800'000),  std::chrono::milliseconds(7'200'000),
                                    std::chrono::milliseconds(18'000'000), std::chrono::milliseconds(36'000'000)};
inline constexpr std::chrono::hours kLongestTrying{24};

/// What a try came to.
struct Try {
  int status = 0;         ///< 0: there was no answer
  bool refused = false;   ///< the address may not be reached, or is none: another try would not do either
  std::string problem{};  ///< in words; empty: it was taken
};

/// Whether an answer with this status means that another try is of no use.
bool is_permanent(int status);

/// The delivery after a try that ended now. `chance` is 0 to 1: pauses are a tenth shorter or longer by it. Whatever
/// the clock says, nothing is given up before it was tried; a ping is tried once.
Delivery after_try(Delivery delivery, const Try& tried, base::UnixMs now, double chance);

}  // namespace troupe::meetings::hooks
