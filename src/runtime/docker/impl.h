// The inside of DockerDriver. Everything belongs to the driver's own thread, which may look at files for a moment.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <thread>

#include "base/mutex.h"
#include "runtime/docker/driver.h"
#include "runtime/docker/log.h"
#include "runtime/driver_config.h"
#include "runtime/engine/api.h"
#include "runtime/log_watch.h"

namespace troupe::runtime::docker {

inline constexpr Capabilities kContainerCapabilities{.programs = true,
                                                     .signals = true,
                                                     .logs = true,
                                                     .limits = true,
                                                     .no_network = true,
                                                     .adopts = true,
                                                     .sandbox = Sandbox::container};

/// A task of the driver.
struct ContainerTask {
  using TimePoint = std::chrono::steady_clock::time_point;
  std::string folder;
  std::string container;  ///< its id; empty while it is being made
  TaskStatus status;
  bool looking = false;     ///< the engine is being asked about it
  bool look_again = false;  ///< and something was told meanwhile
  bool ended_seen = false;  ///< its container has ended; the rest of its output is being read
  bool log_done = true;     ///< nobody reads its output any more
  bool forgotten = false;   ///< destroyed, or followed by another run: nothing may be written for it
  bool asked_to_end = false;
  bool unwanted = false;  ///< a stop came while it was being started: the start ends at its next step
  bool oom_seen = false;
  bool killed_by_us = false;
  TimePoint kill_at = TimePoint::max();  ///< of several stops the earliest
  std::set<asio::steady_timer*> waiting;

  bool runs() const { return status.state == TaskState::running; }
  /// Whoever waits looks again.
  void wake() const {
    for (auto* timer : waiting) timer->cancel();
  }
};
using ContainerTaskPtr = std::shared_ptr<ContainerTask>;

struct DockerState {
  using milliseconds = std::chrono::milliseconds;
  using steady_clock = std::chrono::steady_clock;
  static constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

  DockerState(DockerDriver::Options given, base::MetricRegistry& metrics);
  ~DockerState();

  // driver.cc
  Task<TaskStatus> recover(TaskHandle handle);
  Task<std::vector<TaskHandle>> list();
  Task<ExitResult> wait(std::string task_id, milliseconds patience);
  Task<ExitResult> stop(std::string task_id, milliseconds grace);
  Task<Unit> destroy(std::string task_id);
  Task<TaskStatus> inspect(std::string task_id);
  Task<Unit> signal(std::string task_id, int signal);

  // start.cc
  Task<TaskHandle> start(TaskSpec spec);
  Task<Unit> launch(ContainerTaskPtr task, TaskSpec spec, ContainerPlan plan);
  Task<std::string> create(ContainerTaskPtr task, ContainerPlan plan);
  Task<std::string> create_once(ContainerTaskPtr task, const ContainerPlan* plan);
  Task<Unit> make_room(ContainerTaskPtr task);
  /// Removes the container of a start that failed half way, which may have come to life.
  Task<Unit> remove_doubtful(std::string task_id);
  Task<Unit> fetch_image(ContainerTaskPtr task, std::string image);
  Task<Unit> give_files(ContainerTaskPtr task, const TaskSpec* spec);
  /// Why the program could not be started; empty: it was.
  Task<std::string> start_container(ContainerTaskPtr task);

  // watch.cc
  asio::awaitable<void> watch_engine();
  asio::awaitable<void> look_regularly();
  Task<std::int64_t> look_at_all();
  asio::awaitable<void> look_at(ContainerTaskPtr task);
  asio::awaitable<void> look_once(ContainerTaskPtr task);
  asio::awaitable<void> look_for_missing(ContainerTaskPtr task);
  asio::awaitable<void> settle(ContainerTaskPtr task, engine::Container found);
  Task<bool> lacks_program(std::string container, std::string program, std::string path);
  asio::awaitable<void> empty_secrets(std::string id, engine::Container found);
  asio::awaitable<void> empty_secrets_of(ContainerTaskPtr task);
  asio::awaitable<void> take_output(ContainerTaskPtr task, ContainerLog log);
  void follow_output(ContainerTaskPtr task, ContainerLog log);
  void begin_running(const ContainerTaskPtr& task);
  void end(const ContainerTaskPtr& task, TaskState state, ExitResult exit);
  void heard(const engine::Event& event);
  void note_engine(Result<engine::Version> version);

  // Helpers of all.
  asio::awaitable<bool> wait_for_end(ContainerTaskPtr task, steady_clock::time_point until);
  /// Until it is woken, or the time has come.
  asio::awaitable<void> doze(ContainerTaskPtr task, steady_clock::time_point until);
  asio::awaitable<void> nap(milliseconds time);
  void spawn(const char* what, asio::awaitable<void> work);
  Result<ContainerTaskPtr> find(const std::string& task_id) const;
  std::string folder_of(const std::string& task_id) const { return (options.folder / task_id).string(); }
  engine::Labels labels_of(const std::string& task_id = {}) const;
  std::string driver() const { return options.name; }
  void publish(TaskEventKind kind, const ContainerTask& task);
  ContainerTaskPtr lost_task(TaskHandle handle, std::string why) const;

  std::unique_ptr<net::client::HttpClient> http;  // before the context: what waits in it holds connections of this
  asio::io_context home{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{home.get_executor()};
  DockerDriver::Options options;
  std::unique_ptr<engine::Api> api;
  base::Family<base::Counter>& starts;
  base::Family<base::Counter>& exits;
  base::Gauge& running;
  base::Histogram& start_seconds;
  base::Counter& streams_lost;
  ConfigSchema schema{kDockerSchema};
  LogWatch watch;
  base::Observers<const TaskEvent&> events;
  std::map<std::string, ContainerTaskPtr> tasks;
  /// Runs, by task, whose start failed and whose container could not be removed: it may run, and nobody wants it.
  std::map<std::string, std::set<std::string>> doubtful;
  bool is_podman = false;
  mutable base::Mutex mutex;
  Fingerprint engine_seen GUARDED_BY(mutex);
  std::thread thread;
};

}  // namespace troupe::runtime::docker
