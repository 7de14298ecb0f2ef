// A driver whose tasks do what a test says, under the test's clock.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "runtime/task_driver.h"

namespace troupe::runtime {

/// What a mock task does. The default: starts at once, runs until it is stopped, ends then at once with SIGTERM.
struct MockBehaviour {
  std::string start_error{};  ///< not empty: start() fails with `unavailable` and this text
  std::chrono::milliseconds start_takes{0};
  std::optional<std::chrono::milliseconds> exits_after{};  ///< after the start, with `exit`
  ExitResult exit{};
  ExitResult exit_when_stopped{.code = -1, .signal = 15, .error = {}};
  bool ignores_stop = false;                    ///< only the kill after the grace ends it
  std::chrono::milliseconds stop_takes{0};      ///< how long it takes to end by itself when asked
  bool cannot_be_killed = false;                ///< stop() answers timed_out after the grace
  std::chrono::milliseconds destroy_takes{0};   ///< how long destroy() takes
  bool lost_at_recover = false;                 ///< restart(): it is gone, nobody knows how
  std::optional<ExitResult> exits_meanwhile{};  ///< restart(): it ended while the program was away
  std::vector<std::string> says{};              ///< its first lines
  ExecResult exec{};                            ///< how every command inside it ends
};

/// All calls, the verbs included, on the thread of `home`. Time passes only by ManualClock::advance and then tick().
class MockDriver final : public TaskDriver {
 public:
  /// `name`: to stand in for another driver. `survives`: whether tasks go on over a restart(). It can do all there is.
  MockDriver(asio::any_io_executor home, const base::ManualClock& clock, std::string name = "mock",
             bool survives = true);
  ~MockDriver() override;
  MockDriver(const MockDriver&) = delete;
  MockDriver& operator=(const MockDriver&) = delete;

  /// For the next starts of this id; an empty id: for all that have none of their own.
  void behave(std::string task_id, MockBehaviour behaviour);
  /// After the clock was advanced: everything that is due happens, and who waited goes on.
  void tick();
  /// A running task ends now.
  void exit_now(const std::string& task_id, ExitResult result);
  /// A running task is lost now.
  void lose_now(const std::string& task_id);
  void say(const std::string& task_id, LogSource source, std::string_view text);
  /// As if the program had been killed and started: no task is known until it is recovered. They go on meanwhile, or
  /// have ended with the program.
  void restart();
  /// So many calls of list() fail: unavailable.
  void cannot_list(int times);
  void fingerprint_is(Fingerprint fingerprint);
  /// Every verb that was called, oldest first: "start a", "stop a", "signal a 15", …
  const std::vector<std::string>& calls() const;
  std::size_t running() const;

  std::string_view name() const override;
  Capabilities capabilities() const override;
  Fingerprint fingerprint() const override;
  std::string_view config_schema() const override;
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

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace troupe::runtime
