// What undoes a task: a plan of the calls that its pack declares as the inverse of each write that was done.
#pragma once
#include <optional>
#include <span>

#include "assistant/services/services.h"
#include "assistant/tasks/tasks.h"
#include "assistant/workflows/workflow.h"

namespace troupe::assistant::executor {

/// The intent of kSystem that undoes. Nobody asks for it but Assistant::undo(): it is no intent of a catalogue.
inline constexpr std::string_view kUndo = "undo";

/// The inputs of such a task: {"task", "calls": [{"step", "destination", "undoes", "action", "args", "since_ms",
/// "maybe_ms"?}], "kept": [{"step", "action", "why"}]}, the last write first. `kept` cannot be undone, or nobody knows
/// whether it was done. Of `task`'s steps only those count that write and were or may have been done, and are its own
/// (a fork's earlier ones are the other task's). Pure.
matrix::JsonObject undo_inputs(const services::Offer& offer, const tasks::TaskRecord& task,
                               std::span<const tasks::StepRecord> steps);
/// The same without the calls that an earlier undoing has made. One that it may have made has "maybe_ms", when it was
/// begun first. Pure, and short.
matrix::JsonObject left_to_undo(const matrix::JsonObject& inputs, std::span<const tasks::EarlierUndo> earlier);

/// How a step of an undoing task begins: the mark is the same in each that undoes the step.
struct UndoMark {
  std::string mark;
  base::UnixMs since_ms = 0;  ///< what it undoes had ended
  base::UnixMs doubt_ms = 0;  ///< StepStart::doubt_ms
};
/// Nothing: the task undoes nothing, or has no such call. `index`: of the step.
std::optional<UndoMark> undo_mark(const tasks::TaskSpec& spec, std::int64_t index);

bool is_undo(const tasks::TaskSpec& spec);
/// Whether one of its calls would go to another address, or with another key, than what it undoes went. False of all
/// that undoes nothing.
bool goes_elsewhere(const services::Offer& offer, const tasks::TaskSpec& spec);
/// One step for each of the calls.
workflows::Workflow undo_workflow(const matrix::JsonObject& inputs);

}  // namespace troupe::assistant::executor
