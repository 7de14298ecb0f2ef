// Where a task stands: one table of phases and triggers that everything goes through. A phase is finer than the status
// that the seed's clients see.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/transitions.h"

namespace troupe::assistant::tasks {

/// What clients are told (the seed's words).
enum class Status { planned, awaiting_user, executing, done, error };
inline constexpr std::array<std::string_view, 5> kStatuses{"planned", "awaiting_user", "executing", "done", "error"};

enum class Phase {
  planned,            ///< shown to the person; nothing has run
  awaiting_choice,    ///< a question with numbered choices is open
  awaiting_answer,    ///< a question that is answered in words is open
  awaiting_approval,  ///< calls are shown, and nothing runs until somebody approves exactly them
  unknown_outcome,    ///< nobody can know whether a write was done: the person is asked
  executing,          ///< a process has it (TaskRecord::worker)
  cancelling,         ///< the same, and it is to stop before its next step
  done,
  failed,
  rejected,   ///< its calls were not approved
  cancelled,  ///< by a person
};
inline constexpr std::array kAllPhases{
    Phase::planned,         Phase::awaiting_choice, Phase::awaiting_answer, Phase::awaiting_approval,
    Phase::unknown_outcome, Phase::executing,       Phase::cancelling,      Phase::done,
    Phase::failed,          Phase::rejected,        Phase::cancelled};
inline constexpr std::array<std::string_view, 11> kPhases{
    "planned", "awaiting_choice", "awaiting_answer", "awaiting_approval", "unknown_outcome", "executing", "cancelling",
    "done",    "failed",          "rejected",        "cancelled"};

enum class Trigger {
  execute,       ///< the person confirmed the plan
  plan,          ///< what was missing for a plan is there, or the person changed it
  ask_choice,    ///< several things could be meant
  ask_answer,    ///< something is missing
  ask_approval,  ///< the next calls want an approval
  lose_outcome,  ///< a write's answer never came, and nothing can tell whether it was done
  answer,        ///< the person answered, and it goes on
  approve,
  reject,
  take_over,  ///< the process that had it is gone, and another one goes on
  finish,
  fail,
  cancel,  ///< a person wants it to end
  stop,    ///< nothing of what was cancelled is under way any more
};
inline constexpr std::array kAllTriggers{
    Trigger::execute,      Trigger::plan,   Trigger::ask_choice, Trigger::ask_answer, Trigger::ask_approval,
    Trigger::lose_outcome, Trigger::answer, Trigger::approve,    Trigger::reject,     Trigger::take_over,
    Trigger::finish,       Trigger::fail,   Trigger::cancel,     Trigger::stop};
inline constexpr std::array<std::string_view, 14> kTriggers{
    "execute", "plan",   "ask_choice", "ask_answer", "ask_approval", "lose_outcome", "answer",
    "approve", "reject", "take_over",  "finish",     "fail",         "cancel",       "stop"};

constexpr std::string_view to_string(Status status) { return kStatuses[static_cast<std::size_t>(status)]; }
constexpr std::string_view to_string(Phase phase) { return kPhases[static_cast<std::size_t>(phase)]; }
constexpr std::string_view to_string(Trigger trigger) { return kTriggers[static_cast<std::size_t>(trigger)]; }

constexpr Status status_of(Phase phase) {
  switch (phase) {
    case Phase::planned:
      return Status::planned;
    case Phase::awaiting_choice:
    case Phase::awaiting_answer:
    case Phase::awaiting_approval:
    case Phase::unknown_outcome:
      return Status::awaiting_user;
    case Phase::executing:
    case Phase::cancelling:
      return Status::executing;
    case Phase::done:
      return Status::done;
    case Phase::failed:
    case Phase::rejected:
    case Phase::cancelled:
      return Status::error;
  }
  return Status::error;
}

/// A process has it.
constexpr bool is_claimed(Phase phase) { return status_of(phase) == Status::executing; }
/// Nothing leads away from here but a fork, which is a task of its own.
constexpr bool is_ended(Phase phase) { return status_of(phase) == Status::done || status_of(phase) == Status::error; }

using Transition = base::Transition<Phase, Trigger>;

/// Everything that may happen. What is not in here is refused.
inline constexpr std::array kTransitions{
    Transition{Phase::planned, Trigger::execute, Phase::executing},
    Transition{Phase::planned, Trigger::plan, Phase::planned},
    Transition{Phase::planned, Trigger::ask_choice, Phase::awaiting_choice},
    Transition{Phase::planned, Trigger::ask_answer, Phase::awaiting_answer},
    Transition{Phase::planned, Trigger::cancel, Phase::cancelled},

    // A question of the planner's leads back to a plan, or to another question; one of the executor's to its next step.
    Transition{Phase::awaiting_choice, Trigger::plan, Phase::planned},
    Transition{Phase::awaiting_choice, Trigger::ask_choice, Phase::awaiting_choice},
    Transition{Phase::awaiting_choice, Trigger::ask_answer, Phase::awaiting_answer},
    Transition{Phase::awaiting_choice, Trigger::answer, Phase::executing},
    Transition{Phase::awaiting_choice, Trigger::cancel, Phase::cancelled},
    Transition{Phase::awaiting_answer, Trigger::plan, Phase::planned},
    Transition{Phase::awaiting_answer, Trigger::ask_choice, Phase::awaiting_choice},
    Transition{Phase::awaiting_answer, Trigger::ask_answer, Phase::awaiting_answer},
    Transition{Phase::awaiting_answer, Trigger::answer, Phase::executing},
    Transition{Phase::awaiting_answer, Trigger::cancel, Phase::cancelled},

    Transition{Phase::awaiting_approval, Trigger::approve, Phase::executing},
    Transition{Phase::awaiting_approval, Trigger::reject, Phase::rejected},
    Transition{Phase::awaiting_approval, Trigger::cancel, Phase::cancelled},

    Transition{Phase::unknown_outcome, Trigger::answer, Phase::executing},
    Transition{Phase::unknown_outcome, Trigger::cancel, Phase::cancelled},

    Transition{Phase::executing, Trigger::ask_choice, Phase::awaiting_choice},
    Transition{Phase::executing, Trigger::ask_answer, Phase::awaiting_answer},
    Transition{Phase::executing, Trigger::ask_approval, Phase::awaiting_approval},
    Transition{Phase::executing, Trigger::lose_outcome, Phase::unknown_outcome},
    Transition{Phase::executing, Trigger::take_over, Phase::executing},
    Transition{Phase::executing, Trigger::finish, Phase::done},
    Transition{Phase::executing, Trigger::fail, Phase::failed},
    Transition{Phase::executing, Trigger::cancel, Phase::cancelling},

    // It may have been through before it heard of it; what was under way may have been lost.
    Transition{Phase::cancelling, Trigger::take_over, Phase::cancelling},
    Transition{Phase::cancelling, Trigger::lose_outcome, Phase::unknown_outcome},
    Transition{Phase::cancelling, Trigger::finish, Phase::done},
    Transition{Phase::cancelling, Trigger::fail, Phase::failed},
    Transition{Phase::cancelling, Trigger::stop, Phase::cancelled},
};
static_assert(base::is_decided_once(kTransitions));

/// Where the trigger leads from the phase; nothing when it is refused.
constexpr std::optional<Phase> next_phase(Phase from, Trigger trigger) {
  return base::next_state(kTransitions, from, trigger);
}

/// Where the trigger would lead if it were allowed.
Phase wanted_by(Trigger trigger);

/// The same as next_phase with a reason. Error: conflict with status 400, as the seed answers; in its words where a
/// person tried to go on with the task ("Task is in done status and cannot be executed"). Its detail names both phases.
Result<Phase> advance(std::string_view task_id, Phase from, Trigger trigger);

/// What became of a step.
enum class StepStatus { pending, running, done, error, skipped };
inline constexpr std::array<std::string_view, 5> kStepStatuses{"pending", "running", "done", "error", "skipped"};
constexpr std::string_view to_string(StepStatus status) { return kStepStatuses[static_cast<std::size_t>(status)]; }

/// A step that runs may be begun again (after a crash), one that failed as well, because its effect is known not to be.
constexpr bool step_may_become(StepStatus from, StepStatus to) {
  switch (from) {
    case StepStatus::pending:
      return to == StepStatus::running || to == StepStatus::skipped;
    case StepStatus::running:
      return to != StepStatus::pending;
    case StepStatus::error:
      return to == StepStatus::running;
    case StepStatus::done:
    case StepStatus::skipped:
      return false;
  }
  return false;
}

}  // namespace troupe::assistant::tasks
