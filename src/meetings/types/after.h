// What is to be done once a meeting has ended.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace troupe::meetings {

/// In this order, each once; a summary only where one is wanted.
enum class AfterTask {
  transcript,  ///< what was said does not change any more
  digest,      ///< who spoke, and in which languages
  recording,   ///< its sound does not change any more
  webhooks,    ///< whoever wants to know is told
  summary,     ///< a model sums it up
};
inline constexpr std::array kAfterTasks{AfterTask::transcript, AfterTask::digest, AfterTask::recording,
                                        AfterTask::webhooks, AfterTask::summary};
std::string_view to_string(AfterTask task);
std::optional<AfterTask> parse_after_task(std::string_view text);

enum class AfterState { waiting, done, failed };
inline constexpr std::array kAfterStates{AfterState::waiting, AfterState::done, AfterState::failed};
std::string_view to_string(AfterState state);
std::optional<AfterState> parse_after_state(std::string_view text);

struct AfterRow {
  std::int64_t meeting = 0;
  std::int64_t number = 0;  ///< the order, from 1
  AfterTask task = AfterTask::transcript;
  AfterState state = AfterState::waiting;
  std::int64_t tries = 0;   ///< that failed
  base::UnixMs due_ms = 0;  ///< the next one
  std::optional<base::UnixMs> done_ms{};
  std::string problem{};  ///< of the last one that failed
};

}  // namespace troupe::meetings
