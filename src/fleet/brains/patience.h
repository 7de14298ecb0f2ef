// Waiting for our own database: a restart of it is no reason to tell people that there is no answer.
#pragma once
#include <algorithm>
#include <chrono>
#include <type_traits>

#include "fleet/brains/brain_http.h"

namespace troupe::fleet {

/// Asks again while the outcome is `unavailable`, after 0.1 s, then doubled up to two seconds, until `pause` says that
/// nobody waits any more. `ask` yields a Task, `pause(time)` an awaitable<bool>; what both refer to outlives the task.
/// Only for what may be done twice.
template <class Ask, class Pause>
auto until_available(Ask ask, Pause pause) -> std::invoke_result_t<Ask&> {
  for (std::chrono::milliseconds time{100};;
       time = std::min<std::chrono::milliseconds>(time * 2, std::chrono::seconds(2))) {
    auto outcome = co_await ask();
    if (outcome || outcome.error().code() != Errc::unavailable) co_return outcome;
    if (!co_await pause(time)) co_return outcome;
  }
}

/// The same while the answer is wanted.
template <class Ask>
auto while_wanted(ReplyStream& stream, Ask ask) -> std::invoke_result_t<Ask&> {
  return until_available(std::move(ask),
                         [&stream](std::chrono::milliseconds time) { return pause_while_wanted(time, stream); });
}

}  // namespace troupe::fleet
