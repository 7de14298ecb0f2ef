// SQL of tasks and their steps. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <vector>

#include "assistant/tasks/types.h"
#include "store/database.h"

namespace troupe::assistant::tasks::task_store {

void insert(store::Tx& tx, const TaskRecord& task);
std::optional<TaskRecord> find(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id,
                               std::string_view id);
/// For whoever may approve what somebody else's task wants.
std::optional<TaskRecord> find_in_tenant(store::Connection& c, std::int64_t tenant_id, std::string_view id);
/// Nothing: the claim's time is over.
std::optional<TaskRecord> find_claimed(store::Connection& c, const Claim& claim);
/// The same without what was asked for and what came of it (spec, result, reason, conversation): what its steps need,
/// and progress() keeps.
std::optional<TaskRecord> find_held(store::Connection& c, const Claim& claim);
/// Newest change first.
std::vector<TaskRecord> page(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id, const Wanted& wanted,
                             std::int64_t from, std::int64_t limit);
/// A process's, in the order of their ids, behind that one.
std::vector<TaskRecord> claimed_by(store::Connection& c, std::string_view worker, std::int64_t epoch,
                                   std::string_view after_id, std::int64_t limit);
/// How many of the person's a process has.
std::int64_t count_claimed(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id);
/// How a task stands before it is changed.
struct Standing {
  Phase phase = Phase::planned;
  std::string worker = {};
  std::int64_t epoch = 0;
};
/// All that changes in a task's life, where it still stands so, and since when its standing is to be told, as tell().
/// False: it does not.
bool update(store::Tx& tx, const TaskRecord& task, const Standing& before, std::optional<base::UnixMs> tell);
/// What steps change in a task that stays in its phase, where nobody else has taken it; its place in lists only with
/// `updated_ms`. False: somebody has.
bool progress(store::Tx& tx, const TaskRecord& task, std::optional<base::UnixMs> updated_ms);
/// Since when its standing is to be told; nothing: it is not (Tasks::untold).
void tell(store::Tx& tx, std::string_view id, std::optional<base::UnixMs> since);
/// Where it is to be told still.
void tell_later(store::Tx& tx, std::string_view id, base::UnixMs since);
/// The oldest first, those of before that time and those of behind the other.
std::vector<TaskRecord> untold(store::Connection& c, base::UnixMs before, base::UnixMs behind, std::int64_t limit);
/// Whether the task stands as it did and that is to be told still; from now on it is told.
bool take_telling(store::Tx& tx, std::string_view id, Phase phase, base::UnixMs updated_ms);
/// What undoes it, the newest first.
std::vector<TaskRecord> undoing(store::Connection& c, std::string_view id, std::int64_t limit);
/// Gives at most `limit` tasks of processes that are gone to this one, and yields them.
std::vector<TaskRecord> take_over(store::Tx& tx, std::string_view worker, std::int64_t epoch, base::UnixMs now,
                                  std::int64_t limit);

/// What all tasks of a person take.
struct Usage {
  std::int64_t tasks = 0;
  std::int64_t bytes = 0;
};
Usage usage(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id);
void add_usage(store::Tx& tx, std::int64_t tenant_id, std::int64_t owner_id, const Usage& more);
/// The row alone; its parts are gone. Yields the number of rows.
std::int64_t remove(store::Tx& tx, std::string_view id);

void insert_step(store::Tx& tx, const StepRecord& step);
/// All that changes in a step's life.
void update_step(store::Tx& tx, const StepRecord& step);
/// What comes of a step. The views live as long as the call.
struct StepOutcome {
  StepStatus status = StepStatus::done;
  std::optional<std::string_view> output;  ///< JSON
  bool output_cut = false;
  std::string_view error;
  base::UnixMs at_ms = 0;
};
/// False: it does not run.
bool end_step(store::Tx& tx, std::string_view task_id, std::int64_t number, const StepOutcome& outcome);
std::optional<StepRecord> step_at(store::Connection& c, std::string_view task_id, std::string_view path);
std::optional<StepRecord> step_by_number(store::Connection& c, std::string_view task_id, std::int64_t number);
/// Those behind number `after`, in their order.
std::vector<StepRecord> steps(store::Connection& c, std::string_view task_id, std::int64_t after, std::int64_t limit);
/// Those that write, without what they were called with and what they yielded.
std::vector<StepRecord> writes(store::Connection& c, std::string_view task_id);
/// Those that write and run, or ended in an error.
std::vector<StepRecord> open_writes(store::Connection& c, std::string_view task_id);
/// Gives copies of the steps that ended well before number `before` to another task; `bytes` is what they take.
struct Copied {
  std::int64_t steps = 0;
  std::int64_t bytes = 0;
};
Copied copy_steps(store::Tx& tx, std::string_view from_task, std::string_view to_task, std::int64_t before);

}  // namespace troupe::assistant::tasks::task_store
