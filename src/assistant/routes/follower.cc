#include "assistant/routes/follower.h"

namespace troupe::assistant::routes {
namespace {

constexpr std::int64_t kStepsAtOnce = 100;

/// One that failed may be tried again, and is then another step to look at.
bool is_settled(tasks::StepStatus status) {
  return status == tasks::StepStatus::done || status == tasks::StepStatus::skipped;
}

}  // namespace

bool Follower::note(const tasks::StepRecord& step) {
  const Seen now{.status = step.status, .tries = step.tries};
  const auto [place, fresh] = seen_.emplace(step.number, now);
  const bool news = fresh || place->second != now;
  place->second = now;
  while (!seen_.empty() && seen_.begin()->first == settled_ + 1 && is_settled(seen_.begin()->second.status)) {
    ++settled_;
    seen_.erase(seen_.begin());
  }
  return news;
}

Task<Follower::Change> Follower::look() {
  Change change;
  // The task first: steps that end after it was read are told of the next time, and none is missed when it has ended.
  CO_TRY(auto view, co_await own_.find(task_id_));
  change.ended = tasks::is_ended(view.task.phase);
  for (auto after = settled_;;) {
    CO_TRY(auto steps, co_await own_.steps(task_id_, after, kStepsAtOnce));
    for (auto& step : steps) {
      after = step.number;
      if (!note(step)) continue;
      step.args.clear();
      step.output.reset();
      change.steps.push_back(std::move(step));
    }
    if (std::ssize(steps) < kStepsAtOnce) break;
  }
  if (phase_ != view.task.phase) {
    phase_ = view.task.phase;
    change.task = std::move(view.task);
  }
  co_return change;
}

}  // namespace troupe::assistant::routes
