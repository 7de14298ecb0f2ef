// One task's door to tasks::Tasks: errors become reasons to stop, each change is told on the bus.
#pragma once
#include "assistant/executor/parts.h"

namespace troupe::assistant::executor {

/// Lives as long as the run; used on its executor alone. Several calls may wait at once.
class Ledger {
 public:
  Ledger(const Parts& parts, tasks::Claim claim, std::shared_ptr<Control> control);

  asio::awaitable<OrStop<tasks::TaskRecord>> current();
  asio::awaitable<OrStop<tasks::Begun>> begin(tasks::StepStart start);
  /// What was done was done: waits for the database, as long as the program runs.
  asio::awaitable<OrStop<tasks::StepRecord>> finish(std::int64_t number, tasks::StepEnd end);
  asio::awaitable<OrStop<tasks::Begun>> note(tasks::StepStart start, tasks::StepEnd end);
  asio::awaitable<OrStop<Unit>> note_calls(std::int64_t number, tasks::Records records);

  asio::awaitable<OrStop<tasks::Question>> pause(tasks::QuestionDraft draft);
  asio::awaitable<OrStop<tasks::Approval>> ask_approval(tasks::ApprovalDraft draft);
  asio::awaitable<OrStop<tasks::TaskRecord>> done(matrix::Json result);
  asio::awaitable<OrStop<tasks::TaskRecord>> fail(std::string reason);
  asio::awaitable<OrStop<tasks::TaskRecord>> stopped();

  const Parts& parts() const { return parts_; }
  const tasks::Claim& claim() const { return claim_; }
  Control& control() const { return *control_; }
  /// When a step of it was last known to be ours.
  std::chrono::steady_clock::time_point held_at() const { return held_at_; }

 private:
  template <class T>
  asio::awaitable<OrStop<T>> passed(Task<T> task);

  const Parts& parts_;
  const tasks::Claim claim_;
  const std::string channel_;
  std::shared_ptr<Control> control_;
  std::chrono::steady_clock::time_point held_at_;
};

}  // namespace troupe::assistant::executor
