// One question on its way through a brain: it can be given up, by a deadline, a stop or a redaction, and then nobody
// waits for the brain any longer, whatever it does.
#pragma once
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <optional>

#include "fleet/brains/brain.h"
#include "fleet/term/term.h"
#include "fleet/turns/live_message.h"

namespace troupe::fleet::turns {

/// Made with make_shared, used once; on the fleet's executor.
class BrainCall : public std::enable_shared_from_this<BrainCall> {
 public:
  BrainCall(term::Term& term, std::chrono::milliseconds patience, std::shared_ptr<brains::Brain> brain,
            std::shared_ptr<LiveMessage> live);
  /// Errors: the brain's own; timed_out (after `patience`); conflict when dropped.
  Task<Reply> ask(Question question);
  /// Nobody waits any more: ask() ends at once.
  void drop();
  bool dropped() const { return dropped_; }

 private:
  asio::awaitable<void> run(Question question);

  term::Term& term_;
  std::chrono::milliseconds patience_;
  std::shared_ptr<brains::Brain> brain_;
  std::shared_ptr<LiveMessage> live_;
  base::Notify wakeup_;
  asio::cancellation_signal cancel_;
  std::optional<Result<Reply>> outcome_;
  bool dropped_ = false;
};

}  // namespace troupe::fleet::turns
