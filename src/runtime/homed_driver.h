// A driver whose state belongs to one executor: every verb goes over there, and its answer comes back.
#pragma once
#include <memory>

#include "runtime/task_driver.h"

namespace troupe::runtime {

/// `State` has the verbs of TaskDriver by their names, `home` and `events`. A verb of it is a member function, or takes
/// the pointer to it first and so keeps it alive; without `logs` it is `follow` without patience, without both its
/// tasks write into folders (task_log.h); without `exec` and `signal` the driver has none. The .cc file of a driver
/// instantiates it (homed_verbs.h).
template <class State>
class HomedDriver : public TaskDriver {
 public:
  HomedDriver(const HomedDriver&) = delete;
  HomedDriver& operator=(const HomedDriver&) = delete;

  Task<TaskHandle> start(TaskSpec spec) override;
  Task<TaskStatus> recover(TaskHandle handle) override;
  Task<std::vector<TaskHandle>> list() override;
  Task<ExitResult> wait(std::string task_id, std::chrono::milliseconds patience) override;
  Task<ExitResult> stop(std::string task_id, std::chrono::milliseconds grace) override;
  Task<Unit> destroy(std::string task_id) override;
  Task<TaskStatus> inspect(std::string task_id) override;
  Task<ExecResult> exec(std::string task_id, ExecOrder order) override;
  Task<Unit> signal(std::string task_id, int signal) override;
  Task<LogPage> logs(std::string task_id, std::int64_t after, std::size_t limit) override;
  Task<LogPage> follow(std::string task_id, std::int64_t after, std::size_t limit,
                       std::chrono::milliseconds patience) override;
  base::SubscriptionPtr on_event(std::function<void(const TaskEvent&)> listener) override;

 protected:
  explicit HomedDriver(std::shared_ptr<State> state) : state_(std::move(state)) {}
  ~HomedDriver() override = default;

  template <class Verb, class... Arguments>
  auto at_home(Verb verb, Arguments... arguments);

  const std::shared_ptr<State> state_;
};

}  // namespace troupe::runtime
