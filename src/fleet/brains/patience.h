// Waiting for our own database as long as somebody waits for the answer.
#pragma once
#include "fleet/brains/brain_http.h"
#include "fleet/until_available.h"

namespace troupe::fleet {

/// until_available() while the answer is wanted.
template <class Ask>
auto while_wanted(ReplyStream& stream, Ask ask) -> std::invoke_result_t<Ask&> {
  return until_available(std::move(ask),
                         [&stream](std::chrono::milliseconds time) { return pause_while_wanted(time, stream); });
}

}  // namespace troupe::fleet
