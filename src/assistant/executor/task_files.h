// Files that earlier steps of a task were answered with, as arguments of its later calls.
#pragma once
#include "assistant/calls/files.h"
#include "assistant/executor/ledger.h"

namespace troupe::assistant::executor {

/// What a step's output names a file by, and an argument: "task-file:3-1". It means a file of whichever task has the
/// argument, so no text from outside leads to another task's.
std::string task_file(std::int64_t step, std::int64_t place);
bool is_task_file(std::string_view text);

/// Lives as long as the call; on the run's executor.
class TaskFiles final : public calls::Files {
 public:
  explicit TaskFiles(Ledger& ledger) : ledger_(ledger) {}
  bool is_reference(std::string_view text) const override;
  Task<calls::Blob> read(std::string person, std::string reference, std::size_t most_bytes) override;

 private:
  Ledger& ledger_;
};

}  // namespace troupe::assistant::executor
