// What changes in a task while somebody watches.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "assistant/routes/door.h"

namespace troupe::assistant::routes {

/// Looks again and again, and says what is new since: for one stream, on its executor.
class Follower {
 public:
  Follower(OwnAssistant own, std::string task_id) : own_(std::move(own)), task_id_(std::move(task_id)) {}

  struct Change {
    std::optional<tasks::TaskRecord> task = {};  ///< where its phase has changed, or it was not seen yet
    std::vector<tasks::StepRecord> steps = {};   ///< in their order, without arguments and output
    bool ended = false;
  };
  /// At first all there is. Errors: those of tasks::Tasks::find.
  Task<Change> look();

 private:
  struct Seen {
    tasks::StepStatus status;
    std::int64_t tries;
    bool operator==(const Seen&) const = default;
  };
  /// Whether the step is new, or not as it was.
  bool note(const tasks::StepRecord& step);

  OwnAssistant own_;
  std::string task_id_;
  std::optional<tasks::Phase> phase_;
  std::int64_t settled_ = 0;           ///< all steps up to this number have ended, and were told of
  std::map<std::int64_t, Seen> seen_;  ///< of those behind it
};

}  // namespace troupe::assistant::routes
