#include "assistant/tasks/types.h"

namespace troupe::assistant::tasks {

std::string unknown_words(std::string_view action) {
  return "Nobody knows whether " + std::string(action) + " was done, and the task was stopped there.";
}

bool is_unknown(const StepRecord& step) {
  if (!step.writes) return false;
  return step.status == StepStatus::running ||
         (step.status == StepStatus::error && step.error == unknown_words(step.action));
}

}  // namespace troupe::assistant::tasks
