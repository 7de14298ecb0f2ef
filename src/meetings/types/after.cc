#include "meetings/types/after.h"

namespace troupe::meetings {
namespace {

template <class List>
auto with_word(const List& all, std::string_view text) -> std::optional<typename List::value_type> {
  for (const auto one : all) {
    if (to_string(one) == text) return one;
  }
  return std::nullopt;
}

}  // namespace

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

std::optional<AfterTask> parse_after_task(std::string_view text) { return with_word(kAfterTasks, text); }
std::optional<AfterState> parse_after_state(std::string_view text) { return with_word(kAfterStates, text); }

}  // namespace troupe::meetings
