// One task's door to tasks::Tasks: errors become reasons to stop, each change is told on the bus.
#pragma once
#include <map>

#include "assistant/executor/parts.h"

namespace troupe::assistant::executor {

/// Lives as long as the run; used on its executor alone. Several calls may wait at once.
class Ledger {
 public:
  Ledger(const Parts& parts, tasks::Claim claim, std::shared_ptr<Control> control);

  asio::awaitable<OrStop<tasks::TaskRecord>> current();
  /// For a task that was begun before: reads what its steps came to, so that begin() and note() yield those that ended
  /// without a write each. Nothing of a task with more steps than are read at once.
  asio::awaitable<OrStop<Unit>> recall(const tasks::TaskRecord& task);
  asio::awaitable<OrStop<tasks::Begun>> begin(tasks::StepStart start);
  /// What was done was done: waits for the database, as long as the program runs.
  asio::awaitable<OrStop<tasks::StepRecord>> finish(std::int64_t number, tasks::StepEnd end);
  /// The same in the write of whatever comes next (another step, the task's end), before which nothing has an effect:
  /// one commit for both. Where what comes next is not at once, settle() has to follow. At once where the outcome is
  /// not known without the database, or several steps run side by side.
  asio::awaitable<OrStop<tasks::StepRecord>> finish_with_next(const tasks::Begun& begun, tasks::StepEnd end);
  /// Stores what finish_with_next() has put off. Does nothing when there is no such.
  asio::awaitable<OrStop<Unit>> settle();
  /// How many go side by side from now on; 1: none.
  void go_side_by_side(std::size_t steps) { side_by_side_ = steps; }
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
  asio::awaitable<OrStop<tasks::StepRecord>> stored(tasks::EndingPtr ending);
  /// After a write that had `before` in it: what it did not store stands alone.
  template <class T>
  asio::awaitable<OrStop<T>> with(tasks::EndingPtr before, Task<T> task);
  std::optional<tasks::Begun> recalled(const std::string& path);

  const Parts& parts_;
  const tasks::Claim claim_;
  const std::string channel_;
  std::shared_ptr<Control> control_;
  std::chrono::steady_clock::time_point held_at_;
  tasks::EndingPtr put_off_;
  std::map<std::string, tasks::StepRecord> recalled_;  ///< that ended, by path
  std::size_t side_by_side_ = 1;
};

}  // namespace troupe::assistant::executor
