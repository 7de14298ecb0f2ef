// What a step came to: made ready outside a write, stored inside one.
#pragma once
#include "assistant/tasks/tasks.h"

namespace troupe::assistant::tasks {

/// Without secrets; its size in place of what takes more than `most` bytes.
struct Fitting {
  Json value;
  std::string text;  ///< the same as it is stored
  bool is_cut = false;
};
Fitting fitting(const Redactor& redactor, const Json& value, std::size_t most);

/// Without secrets, and checked; the records are put in by whoever has a journal. Error: invalid_param (a status that
/// no step ends in).
Result<Ending> ending_of(const Redactor& redactor, const Claim& claim, std::int64_t number, StepEnd end,
                         base::UnixMs now);

/// A task whose claim writes: what its steps change is gathered, and stored once by keep().
struct Held {
  TaskRecord task;
  std::int64_t more_bytes = 0;  ///< that the person's tasks take
  base::UnixMs changed_ms = 0;  ///< 0: it is as it was
};
/// While a task runs its `updated_ms` follows no closer than this: lists are in its order, and each step would move the
/// task in each of them.
inline constexpr base::UnixMs kListedAnew = 1'000;
/// Error: conflict (the claim's time is over).
Result<Unit> keep(store::Tx& tx, const Held& held);

/// Stores it, but for its records, and yields whether the task had room for its output. Error: conflict (the step has
/// ended).
Result<bool> put(store::Tx& tx, Held& held, const Ending& ending);

Actor actor_of(const TaskRecord& task);

}  // namespace troupe::assistant::tasks
