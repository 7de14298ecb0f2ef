#include "assistant/executor/ledger.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "assistant/executor/executor.h"
#include "base/log.h"
#include "base/until_available.h"

namespace troupe::assistant::executor {
namespace {

constexpr int kLostStatus = 409;
constexpr std::int64_t kMostRecalled = 500;

asio::awaitable<void> sleep(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Lives says why, in the log and to /health.
std::unexpected<Stop> stopped_there() { return std::unexpected(Stop{.kind = Stop::Kind::halted}); }

}  // namespace

std::string task_channel(std::string_view task_id) { return "assistant.task." + std::string(task_id); }

Stop stop_of(const Error& error) {
  switch (error.code()) {
    case Errc::conflict:
      if (error.http_status() == kLostStatus) return {.kind = Stop::Kind::lost};
      return {.kind = Stop::Kind::cancelled};  // only a cancellation goes before what an executor wants
    case Errc::unavailable:
    case Errc::timed_out:
    case Errc::internal:
      base::log_warning("assistant", "a task waits for the database: " + error.message() + " " + error.detail());
      return {.kind = Stop::Kind::halted};
    default:
      return {.kind = Stop::Kind::failed, .reason = error.message()};
  }
}

Ledger::Ledger(const Parts& parts, tasks::Claim claim, std::shared_ptr<Control> control)
    : parts_(parts),
      claim_(std::move(claim)),
      channel_(task_channel(claim_.task_id)),
      control_(std::move(control)),
      held_at_(parts.clock.steady()) {}

template <class T>
asio::awaitable<OrStop<T>> Ledger::passed(Task<T> task) {
  if (parts_.probe) co_await pass(parts_, Point::storing);
  const auto begun = parts_.clock.steady();
  ++parts_.under_way;
  auto outcome = co_await std::move(task);
  --parts_.under_way;
  if (parts_.probe) co_await pass(parts_, Point::stored);
  if (!outcome) co_return std::unexpected(stop_of(outcome.error()));
  if constexpr (!std::is_same_v<T, Unit>) held_at_ = begun;  // a Unit is stored whoever has the task
  if constexpr (!std::is_same_v<T, Unit> && !std::is_same_v<T, tasks::TaskRecord> &&
                !std::is_same_v<T, std::vector<tasks::StepRecord>>) {
    parts_.meters.added.observe(std::chrono::duration<double>(parts_.clock.steady() - begun).count());
  }
  parts_.bus.publish(channel_, "");
  co_return *std::move(outcome);
}

asio::awaitable<OrStop<tasks::TaskRecord>> Ledger::current() { return passed(parts_.tasks.current(claim_)); }

asio::awaitable<OrStop<Unit>> Ledger::recall(const tasks::TaskRecord& task) {
  if (task.steps == 0 || task.steps > kMostRecalled) co_return Unit{};
  CO_TRY(auto steps, co_await passed(parts_.tasks.steps_of(claim_, 0, kMostRecalled)));
  for (auto& step : steps) {
    if (step.status != tasks::StepStatus::done && step.status != tasks::StepStatus::skipped) continue;
    auto path = step.path;
    recalled_.emplace(std::move(path), std::move(step));
  }
  co_return Unit{};
}

std::optional<tasks::Begun> Ledger::recalled(const std::string& path) {
  auto found = recalled_.extract(path);
  if (!found) return std::nullopt;
  return tasks::Begun{.state = tasks::Begun::State::ended, .step = std::move(found.mapped())};
}

asio::awaitable<OrStop<tasks::Begun>> Ledger::begin(tasks::StepStart start) {
  if (auto begun = recalled(start.path)) co_return *std::move(begun);
  // Where its number could not be written down it would stand as begun, and nobody would know that nothing was sent.
  if (start.writes && parts_.lives != nullptr && !parts_.lives->ready()) co_return stopped_there();
  auto before = std::exchange(put_off_, nullptr);
  auto begun = co_await with(before, parts_.tasks.begin_step(claim_, std::move(start), before));
  if (!begun || begun->write_number == 0 || parts_.lives == nullptr) co_return begun;
  if (!parts_.lives->note(begun->write_number)) co_return stopped_there();
  co_return begun;
}

template <class T>
asio::awaitable<OrStop<T>> Ledger::with(tasks::EndingPtr before, Task<T> task) {
  auto outcome = co_await passed(std::move(task));
  if (outcome || !before) co_return outcome;
  put_off_ = std::move(before);
  CO_TRY(co_await settle());
  co_return outcome;
}

asio::awaitable<OrStop<tasks::StepRecord>> Ledger::stored(tasks::EndingPtr ending) {
  auto ask = [this, ending] { return parts_.tasks.finish_step(claim_, ending); };
  auto pause = [this](std::chrono::milliseconds time) -> asio::awaitable<bool> {
    if (!control_->stopping) co_await sleep(time);
    co_return !control_->stopping;
  };
  auto asking = base::until_available(std::move(ask), std::move(pause));
  co_return co_await passed(std::move(asking));
}

asio::awaitable<OrStop<Unit>> Ledger::settle() {
  if (auto ending = std::exchange(put_off_, nullptr)) {
    if (const auto step = co_await stored(std::move(ending)); !step) co_return std::unexpected(step.error());
  }
  co_return Unit{};
}

asio::awaitable<OrStop<tasks::StepRecord>> Ledger::finish(std::int64_t number, tasks::StepEnd end) {
  parts_.meters.steps.with({std::string(tasks::to_string(end.status))}).add();
  auto ending = parts_.tasks.ending(claim_, number, std::move(end));
  if (!ending) co_return std::unexpected(stop_of(ending.error()));
  CO_TRY(co_await settle());
  co_return co_await stored(*std::move(ending));
}

asio::awaitable<OrStop<tasks::StepRecord>> Ledger::finish_with_next(const tasks::Begun& begun, tasks::StepEnd end) {
  parts_.meters.steps.with({std::string(tasks::to_string(end.status))}).add();
  auto ending = parts_.tasks.ending(claim_, begun.step.number, std::move(end));
  if (!ending) co_return std::unexpected(stop_of(ending.error()));
  CO_TRY(co_await settle());
  const auto& made = **ending;
  if (side_by_side_ > 1 || !made.files.empty() || made.output_bytes() > begun.room)
    co_return co_await stored(*std::move(ending));
  put_off_ = *ending;
  co_return tasks::as_ended(begun.step, made);
}

asio::awaitable<OrStop<tasks::Begun>> Ledger::note(tasks::StepStart start, tasks::StepEnd end) {
  if (auto begun = recalled(start.path)) co_return *std::move(begun);
  auto before = std::exchange(put_off_, nullptr);
  co_return co_await with(before, parts_.tasks.note_step(claim_, std::move(start), std::move(end), before));
}

asio::awaitable<OrStop<Unit>> Ledger::note_calls(std::int64_t number, tasks::Records records) {
  return passed(parts_.tasks.note_calls(claim_, number, std::move(records)));
}

asio::awaitable<OrStop<tasks::Question>> Ledger::pause(tasks::QuestionDraft draft) {
  CO_TRY(co_await settle());
  co_return co_await passed(parts_.tasks.pause(claim_, std::move(draft)));
}

asio::awaitable<OrStop<tasks::Approval>> Ledger::ask_approval(tasks::ApprovalDraft draft) {
  CO_TRY(co_await settle());
  co_return co_await passed(parts_.tasks.ask_approval(claim_, std::move(draft)));
}

asio::awaitable<OrStop<tasks::TaskRecord>> Ledger::done(matrix::Json result) {
  auto before = std::exchange(put_off_, nullptr);
  co_return co_await with(before, parts_.tasks.finish(claim_, std::move(result), before));
}

asio::awaitable<OrStop<tasks::TaskRecord>> Ledger::fail(std::string reason) {
  CO_TRY(co_await settle());
  co_return co_await passed(parts_.tasks.fail(claim_, std::move(reason)));
}

asio::awaitable<OrStop<tasks::TaskRecord>> Ledger::stopped() {
  CO_TRY(co_await settle());
  co_return co_await passed(parts_.tasks.stopped(claim_));
}

}  // namespace troupe::assistant::executor
