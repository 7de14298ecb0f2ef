#include "assistant/tasks/phase.h"

#include <fmt/format.h>

namespace troupe::assistant::tasks {

Phase wanted_by(Trigger trigger) {
  switch (trigger) {
    case Trigger::execute:
    case Trigger::answer:
    case Trigger::approve:
    case Trigger::take_over:
      return Phase::executing;
    case Trigger::plan:
      return Phase::planned;
    case Trigger::ask_choice:
      return Phase::awaiting_choice;
    case Trigger::ask_answer:
      return Phase::awaiting_answer;
    case Trigger::ask_approval:
      return Phase::awaiting_approval;
    case Trigger::lose_outcome:
      return Phase::unknown_outcome;
    case Trigger::reject:
      return Phase::rejected;
    case Trigger::finish:
      return Phase::done;
    case Trigger::fail:
      return Phase::failed;
    case Trigger::cancel:
    case Trigger::stop:
      return Phase::cancelled;
  }
  return Phase::failed;
}

Result<Phase> advance(std::string_view task_id, Phase from, Trigger trigger) {
  if (const auto to = next_phase(from, trigger)) return *to;
  const auto wanted = wanted_by(trigger);
  const bool by_person = trigger == Trigger::execute || trigger == Trigger::answer || trigger == Trigger::approve;
  auto message = by_person ? fmt::format("Task is in {} status and cannot be executed", to_string(status_of(from)))
                           : fmt::format("Task is in {} status and cannot become {}", to_string(status_of(from)),
                                         to_string(wanted));
  return Error(Errc::conflict, std::move(message),
               fmt::format("task {}: {} cannot become {} ({})", task_id, to_string(from), to_string(wanted),
                           to_string(trigger)))
      .with_status(400);
}

}  // namespace troupe::assistant::tasks
