#include "fleet/turns/brain_call.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/exception_text.h"

namespace troupe::fleet::turns {
namespace {

constexpr std::chrono::milliseconds kLookAtBrainAnyway{60'000};

}  // namespace

BrainCall::BrainCall(term::Term& term, std::chrono::milliseconds patience, std::shared_ptr<brains::Brain> brain,
                     std::shared_ptr<LiveMessage> live)
    : term_(term), patience_(patience), brain_(std::move(brain)), live_(std::move(live)), wakeup_(term.home()) {}

Task<Reply> BrainCall::ask(Question question) {
  auto self = shared_from_this();
  term_.tasks.spawn("brain", [](std::shared_ptr<BrainCall> call, Question asked) -> asio::awaitable<void> {
    co_await call->run(std::move(asked));
  }(self, question));
  auto until = std::chrono::steady_clock::now() + patience_;
  while (!outcome_ && !dropped_ && std::chrono::steady_clock::now() < until) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    (void)co_await wakeup_.wait(std::min(left, kLookAtBrainAnyway));
  }
  if (outcome_ && !dropped_) co_return std::move(*outcome_);
  live_->drop();
  if (!outcome_) {
    auto left_over = brain_->abandon(question);
    cancel_.emit(asio::cancellation_type::terminal);
    term_.tasks.spawn("abandon",
                      [](std::shared_ptr<brains::Brain> brain, asio::awaitable<void> task) -> asio::awaitable<void> {
                        co_await std::move(task);
                        (void)brain;  // stays until the task has ended
                      }(brain_, std::move(left_over)));
  }
  if (dropped_) co_return Error(Errc::conflict, "Nobody waits for this answer any more.");
  co_return Error(Errc::timed_out, "The brain did not answer in time.");
}

void BrainCall::drop() {
  dropped_ = true;
  live_->drop();
  wakeup_.notify();
}

asio::awaitable<void> BrainCall::run(Question question) {
  auto answering = brain_->answer(std::move(question), *live_);
  auto [error, reply] =
      co_await asio::co_spawn(term_.home(), std::move(answering),
                              asio::bind_cancellation_slot(cancel_.slot(), asio::as_tuple(asio::use_awaitable)));
  if (error) {
    outcome_ = Result<Reply>(std::unexpect, Errc::internal, "The brain failed.", base::exception_text(error));
  } else {
    outcome_ = std::move(reply);
  }
  wakeup_.notify();
}

}  // namespace troupe::fleet::turns
