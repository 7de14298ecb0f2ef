#include "assistant/executor/recorder.h"

namespace troupe::assistant::executor {
namespace {

/// Shorter than others wait before they take a process for gone.
constexpr std::chrono::milliseconds kTrusted = tasks::Workers::kTerm / 10;
constexpr std::size_t kMostKept = tasks::kMaxCallsAtOnce / 2;

}  // namespace

Error Recorder::refused(Stop stop) {
  stop_ = std::move(stop);
  return Error(stop_->kind == Stop::Kind::halted ? Errc::unavailable : Errc::conflict, "The task does not go on here.");
}

Task<Unit> Recorder::before(const calls::Sending& sending) {
  if (sending.writes && ledger_.parts().clock.steady() - ledger_.held_at() > kTrusted) {
    auto looking = ledger_.current();
    const auto now = co_await std::move(looking);
    if (!now) co_return refused(now.error());
    if (now->phase == tasks::Phase::cancelling) {
      *ledger_.control().cancelled = true;
      co_return Error(Errc::conflict, "The task was cancelled.");
    }
  }
  if (ledger_.parts().probe) co_await pass(ledger_.parts(), Point::sending);
  co_return Unit{};
}

Task<Unit> Recorder::after(calls::Sending sending, calls::Received received) {
  if (ledger_.parts().probe) co_await pass(ledger_.parts(), Point::received);
  tasks::ApiCall call{.service = std::move(sending.service),
                      .method = std::move(sending.method),
                      .url = std::move(sending.url),
                      .request = std::move(sending.body)};
  if (received.status != 0) {
    call.status = received.status;
    call.response = std::move(received.body);
  }
  call.latency_ms = received.took.count();
  call.error = std::move(received.error);
  records_.calls.push_back(std::move(call));
  if (records_.calls.size() < kMostKept) co_return Unit{};
  auto storing = ledger_.note_calls(number_, take());
  const auto stored = co_await std::move(storing);
  if (!stored) co_return refused(stored.error());
  co_return Unit{};
}

}  // namespace troupe::assistant::executor
