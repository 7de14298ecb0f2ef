// Waiting for our own database: a restart of it is no reason to lose anything, nor to tell people that there is no
// answer.
#pragma once
#include <algorithm>
#include <chrono>
#include <type_traits>

#include "base/task.h"

namespace troupe::base {

/// The first pause, doubled up to the longest.
struct Pauses {
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds longest{2'000};
};

/// Asks again while the outcome is `unavailable`, until `pause` says that nobody waits any more. `ask` yields a Task,
/// `pause(time)` an awaitable<bool>; what both refer to outlives the task. Only for what may be done twice.
template <class Ask, class Pause>
auto until_available(Ask ask, Pause pause, Pauses pauses = {}) -> std::invoke_result_t<Ask&> {
  for (auto time = pauses.first;; time = std::min(time * 2, pauses.longest)) {
    auto outcome = co_await ask();
    if (outcome || outcome.error().code() != Errc::unavailable) co_return outcome;
    if (!co_await pause(time)) co_return outcome;
  }
}

}  // namespace troupe::base
