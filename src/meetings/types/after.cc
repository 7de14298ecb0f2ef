#include "meetings/types/after.h"

#include "base/transitions.h"

namespace troupe::meetings {

std::string_view to_string(AfterTask task) {
  switch (task) {
    case AfterTask::transcript:
      return "transcript";
    case AfterTask::digest:
      return "digest";
    case AfterTask::recording:
      return "recording";
    case AfterTask::webhooks:
      return "webhooks";
    case AfterTask::summary:
      return "summary";
  }
  return "";
}

std::string_view to_string(AfterState state) {
  switch (state) {
    case AfterState::waiting:
      return "waiting";
    case AfterState::done:
      return "done";
    case AfterState::failed:
      return "failed";
  }
  return "";
}

std::optional<AfterTask> parse_after_task(std::string_view text) { return base::find_named(kAfterTasks, text); }
std::optional<AfterState> parse_after_state(std::string_view text) { return base::find_named(kAfterStates, text); }

}  // namespace troupe::meetings
