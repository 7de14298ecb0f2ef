// PendingTurn for our own database as long as somebody waits for the answer.
#pragma once
#include "base/until_available.h"
#include "fleet/brains/brain_http.h"

namespace troupe::fleet::brains {

/// until_available() while the answer is wanted.
template <class Ask>
auto while_wanted(ReplyStream& stream, Ask ask) -> std::invoke_result_t<Ask&> {
  return base::until_available(std::move(ask),
                               [&stream](std::chrono::milliseconds time) { return pause_while_wanted(time, stream); });
}

}  // namespace troupe::fleet::brains
