// What the assistant says to people: Markdown made of plans, questions, approvals, results and failures. Texts of
// services and files are shown as they are, never as markup. All pure; nothing here takes secrets out.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "assistant/dialogue/plain_words.h"
#include "assistant/executor/executor.h"
#include "assistant/tasks/types.h"

namespace troupe::assistant::dialogue {

/// A message is no longer than about this; what is left out says so.
inline constexpr std::size_t kMostWordsBytes = 16 * 1024;

/// The question with its choices numbered as an answer may name them.
std::string question_words(const tasks::Question& question);
/// What will be done, step by step. `title`: of the service. `borrowed`: TaskSpec::borrowed.
std::string plan_words(std::string_view title, const std::vector<executor::Preview>& steps, bool borrowed);
/// What undoes a task, call by call, and what stays. `inputs`: executor/undo.h.
std::string undo_words(const matrix::JsonObject& inputs);
/// What of it cannot be undone, and why; empty: all can.
std::string kept_words(const matrix::JsonObject& inputs);
/// The calls as they are approved.
std::string approval_words(const tasks::Approval& approval);
/// Of a task that is done: names and ids, not the JSON.
std::string result_words(const tasks::TaskRecord& task);
/// Of one that ended otherwise: why, and what to do.
std::string failure_words(const tasks::TaskRecord& task);
std::string running_words(const tasks::TaskRecord& task);

}  // namespace troupe::assistant::dialogue
