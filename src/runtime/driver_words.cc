#include "runtime/driver_words.h"

#include "base/clock.h"
#include "runtime/task_driver.h"

namespace troupe::runtime {
namespace {

constexpr std::chrono::hours kMostGrace{1};

}  // namespace

Error no_such_task(const std::string& task_id) { return Error(Errc::not_found, "There is no task " + task_id + "."); }
Error still_runs(const std::string& task_id) { return Error(Errc::timed_out, "The task " + task_id + " still runs."); }
Error runs_already(const std::string& task_id) {
  return Error(Errc::conflict, "The task " + task_id + " runs already.");
}
Error does_not_run(const std::string& task_id) {
  return Error(Errc::conflict, "The task " + task_id + " does not run.");
}

ExitResult lost_because(std::string why) {
  return {.code = -1, .error = std::move(why), .at = base::system_clock().unix_ms()};
}

TaskEvent event_of(TaskEventKind kind, const TaskStatus& status) {
  return {.kind = kind,
          .driver = status.handle.driver,
          .task_id = status.handle.task_id,
          .run = status.handle.run,
          .exit = status.exit};
}

Result<Unit> check_grace(std::chrono::milliseconds grace) {
  if (grace.count() < 0 || grace > kMostGrace) {
    return Error(Errc::invalid_param, "grace must be from 0 to one hour");
  }
  return Unit{};
}

Result<Unit> check_log_limit(std::size_t limit) {
  static_assert(TaskDriver::kMaxLogLines == 1000);
  if (limit < 1 || limit > TaskDriver::kMaxLogLines) {
    return Error(Errc::invalid_param, "limit must be from 1 to 1000");
  }
  return Unit{};
}

base::Family<base::Counter>& starts_of(base::MetricRegistry& metrics) {
  return metrics.counter("troupe_runtime_starts_total", "Tasks started", {"driver", "outcome"});
}

base::Family<base::Counter>& exits_of(base::MetricRegistry& metrics) {
  return metrics.counter("troupe_runtime_exits_total", "Tasks that ended", {"driver", "how"});
}

base::Gauge& running_of(base::MetricRegistry& metrics, std::string_view driver) {
  return metrics.gauge("troupe_runtime_tasks", "Tasks that run now", {"driver"}).with({std::string(driver)});
}

base::Histogram& start_seconds_of(base::MetricRegistry& metrics, std::string_view driver) {
  return metrics.histogram("troupe_runtime_start_seconds", "Time from the order to a running task", {"driver"})
      .with({std::string(driver)});
}

}  // namespace troupe::runtime
