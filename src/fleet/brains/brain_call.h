// One question on its way through a brain: it can be given up, by a deadline, a stop or a redaction, and then nobody
// waits for the brain any longer, whatever it does.
#pragma once
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <optional>

#include "fleet/brains/brain.h"
#include "fleet/deps.h"
#include "fleet/turns/live_message.h"

namespace troupe::fleet {

/// Made with make_shared, used once; on the fleet's executor.
class BrainCall : public std::enable_shared_from_this<BrainCall> {
 public:
  BrainCall(Shared& shared, std::shared_ptr<Brain> brain, std::shared_ptr<LiveMessage> live);
  /// Errors: the brain's own; timed_out (Limits::brain_patience); conflict when dropped.
  Task<Reply> ask(Question question);
  /// Nobody waits any more: ask() ends at once.
  void drop();
  bool dropped() const { return dropped_; }

 private:
  asio::awaitable<void> run(Question question);

  Shared& shared_;
  std::shared_ptr<Brain> brain_;
  std::shared_ptr<LiveMessage> live_;
  Bell bell_;
  asio::cancellation_signal cancel_;
  std::optional<Result<Reply>> outcome_;
  bool dropped_ = false;
};

}  // namespace troupe::fleet
