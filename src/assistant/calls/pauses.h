// How long nothing is done: between tries, for a place in a service's limits, while another renews a token.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "assistant/calls/call.h"
#include "base/task.h"

namespace troupe::assistant::calls {

/// Waits for so long on the executor that awaits it. Tests move a clock instead.
using Pause = std::function<asio::awaitable<void>(std::chrono::milliseconds)>;
Pause real_pause();

/// A number from 0 to below 1.
double by_chance();

/// The longest time between two looks at `cancelled`.
inline constexpr std::chrono::milliseconds kLookEvery{250};

inline bool is_cancelled(const CallContext& context) { return context.cancelled && *context.cancelled; }

/// False when it was cut short because nobody wants the call any more. `pause` and `clock` outlive the task.
asio::awaitable<bool> pause_for(const Pause& pause, const base::Clock& clock, std::chrono::milliseconds time,
                                CallContext context);

}  // namespace troupe::assistant::calls
