// What all drivers say, check and count alike.
#pragma once
#include <chrono>
#include <string>

#include "base/metrics.h"
#include "runtime/task_types.h"

namespace troupe::runtime {

Error no_such_task(const std::string& task_id);
Error still_runs(const std::string& task_id);
Error runs_already(const std::string& task_id);
Error does_not_run(const std::string& task_id);

inline constexpr std::string_view kNewerRun = "This run was followed by a newer one.";

/// Of a task whose end nobody saw, as of now.
ExitResult lost_because(std::string why);
TaskEvent event_of(TaskEventKind kind, const TaskStatus& status);

/// From 0 to one hour. Error: invalid_param.
Result<Unit> check_grace(std::chrono::milliseconds grace);
/// From 1 to TaskDriver::kMaxLogLines. Error: invalid_param.
Result<Unit> check_log_limit(std::size_t limit);

// The metrics of drivers, each labelled with its driver.

base::Family<base::Counter>& starts_of(base::MetricRegistry& metrics);  ///< driver, outcome
base::Family<base::Counter>& exits_of(base::MetricRegistry& metrics);   ///< driver, how
base::Gauge& running_of(base::MetricRegistry& metrics, std::string_view driver);
base::Histogram& start_seconds_of(base::MetricRegistry& metrics, std::string_view driver);

}  // namespace troupe::runtime
