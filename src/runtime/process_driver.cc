#include "runtime/process_driver.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <thread>

#include "base/crypto.h"
#include "base/log.h"
#include "runtime/driver_config.h"
#include "runtime/driver_words.h"
#include "runtime/homed_verbs.h"
#include "runtime/leftovers.h"
#include "runtime/log_watch.h"
#include "runtime/process_commands.h"
#include "runtime/process_launch.h"
#include "runtime/process_task.h"
#include "runtime/shim/cgroup.h"
#include "runtime/shim/child.h"
#include "runtime/shim/task_shim.h"

namespace troupe::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds kReadyPatience{15'000};  ///< for the shim's first word
constexpr milliseconds kBetweenRounds{20};
constexpr int kRounds = 250;  ///< of killing leftovers
constexpr std::size_t kRunLength = 20;
constexpr std::size_t kReadyBytes = 1024;
constexpr Capabilities kCapabilities{.programs = true,
                                     .exec = true,
                                     .signals = true,
                                     .logs = true,
                                     .limits = true,
                                     .adopts = true,
                                     .sandbox = Sandbox::process};
constexpr std::string_view kProcessSchema =
    R"({"type":"object","additionalProperties":false,"properties":{
"working_dir":{"type":"string","minLength":1,"maxLength":4096,
"description":"Absolute. Without it: the folder `work` in the task's own, which lasts over restarts."}}})";

}  // namespace

/// Everything below runs on the driver's own thread, which may look at files for a moment.
struct ProcessState {
  using TaskPtr = std::shared_ptr<ProcessTask>;

  ProcessState(ProcessDriver::Options given, base::MetricRegistry& metrics)
      : options(std::move(given)),
        starts(starts_of(metrics)),
        exits(exits_of(metrics)),
        running(running_of(metrics, kProcessDriver)),
        start_seconds(start_seconds_of(metrics, kProcessDriver)),
        leftovers(metrics.counter("troupe_runtime_leftovers_total",
                                  "Processes killed that a task had left behind without its shim")),
        program(launch::ShimProgram::make(options.shim_command)),
        watch(home.get_executor()) {
    options.folder = std::filesystem::absolute(options.folder);
    ::mkdir(options.folder.c_str(), 0700);
    thread = std::thread([this] { home.run(); });
  }
  ~ProcessState() {
    home.stop();
    thread.join();
    tasks.clear();
  }

  Task<TaskHandle> start(TaskSpec spec);
  Task<TaskStatus> recover(TaskHandle handle);
  Task<std::vector<TaskHandle>> list();
  Task<ExitResult> wait(std::string task_id, milliseconds patience);
  Task<ExitResult> stop(std::string task_id, milliseconds grace);
  Task<Unit> destroy(std::string task_id);
  Task<TaskStatus> inspect(std::string task_id);
  Task<ExecResult> exec(std::string task_id, ExecOrder order);
  Task<Unit> signal(std::string task_id, int signal);

  Result<TaskPtr> find_running(const std::string& task_id) const;
  Task<Unit> launch(TaskPtr task, TaskSpec spec);
  /// Takes over a task whose shim lives. False: it does not, any more.
  Task<bool> adopt(TaskPtr task);
  void watch_shim(TaskPtr task);
  asio::awaitable<void> shim_is_gone(TaskPtr task);
  asio::awaitable<void> settle(TaskPtr task);
  asio::awaitable<bool> wait_for_end(TaskPtr task, steady_clock::time_point until);
  asio::awaitable<void> nap(milliseconds time);
  Result<TaskPtr> find(const std::string& task_id) const;
  std::string folder_of(const std::string& task_id) const { return (options.folder / task_id).string(); }
  void publish(TaskEventKind kind, const ProcessTask& task);

  asio::io_context home{1};  // first: what waits on it ends with it, after everything else
  asio::executor_work_guard<asio::io_context::executor_type> work{home.get_executor()};
  ProcessDriver::Options options;
  base::Family<base::Counter>& starts;
  base::Family<base::Counter>& exits;
  base::Gauge& running;
  base::Histogram& start_seconds;
  base::Counter& leftovers;
  ConfigSchema schema{kProcessSchema};
  launch::ShimProgram program;
  ProcessCommands commands{home, program};
  LogWatch watch;
  base::Observers<const TaskEvent&> events;
  std::map<std::string, TaskPtr> tasks;
  std::thread thread;
};

void ProcessState::publish(TaskEventKind kind, const ProcessTask& task) { events.tell(event_of(kind, task.status)); }

asio::awaitable<void> ProcessState::nap(milliseconds time) {
  asio::steady_timer timer(home, time);
  co_await timer.async_wait(kNoThrow);
}

Result<ProcessState::TaskPtr> ProcessState::find(const std::string& task_id) const {
  auto found = tasks.find(task_id);
  if (found == tasks.end()) return no_such_task(task_id);
  return found->second;
}

Task<TaskHandle> ProcessState::start(TaskSpec spec) {
  CO_TRY(check_for_driver(spec, kProcessDriver, kCapabilities, schema));
  CO_TRY(working_dir_of(folder_of(spec.id), spec));
  if (spec.argv.empty() || spec.argv.front().empty()) {
    co_return Error(Errc::invalid_param, "argv must name a program");
  }
  if (spec.argv.front().find('/') != std::string::npos && spec.argv.front().front() != '/') {
    co_return Error(Errc::invalid_param, "argv must begin with an absolute path or a plain name");
  }
  const auto began = steady_clock::now();
  auto known = tasks.find(spec.id);
  const bool busy =
      known != tasks.end() ? known->second->status.state == TaskState::running : shim::shim_pid(folder_of(spec.id)) > 0;
  if (busy) co_return runs_already(spec.id);
  auto task = std::make_shared<ProcessTask>(home);
  task->folder = folder_of(spec.id);
  task->status.handle = {.driver = std::string(kProcessDriver),
                         .task_id = spec.id,
                         .run = base::random_alphanumeric(kRunLength),
                         .state = {}};
  task->status.started_at = base::system_clock().unix_ms();
  const auto before = known != tasks.end() ? known->second : nullptr;
  tasks[spec.id] = task;  // from here on nobody else starts it
  auto launched = co_await launch(task, std::move(spec));
  if (!launched) {
    const auto& id = task->status.handle.task_id;
    starts.with({std::string(kProcessDriver), "failed"}).add();
    if (before) {
      tasks[id] = before;
    } else {
      tasks.erase(id);
    }
    task->end(lost_because(launched.error().message()), TaskState::lost);
    co_return std::unexpected(std::move(launched).error());
  }
  start_seconds.observe(std::chrono::duration<double>(steady_clock::now() - began).count());
  starts.with({std::string(kProcessDriver), "started"}).add();
  co_return task->status.handle;
}

Task<Unit> ProcessState::launch(TaskPtr task, TaskSpec spec) {
  CO_TRY(prepare_folder(task->folder, spec, task->status.handle.run));
  CO_TRY(auto started, program.start({shim::kShimCommand, task->folder}));
  task->shim_pid = started.pid;
  task->shim.assign(started.process.release());
  auto ready = std::make_shared<asio::posix::stream_descriptor>(home, started.ready.release());
  asio::steady_timer timer(home, kReadyPatience);
  timer.async_wait([ready](boost::system::error_code cut) {
    if (!cut) ready->cancel(cut);
  });
  std::string line;
  co_await asio::async_read_until(*ready, asio::dynamic_buffer(line, kReadyBytes), '\n', kNoThrow);
  timer.cancel();
  const auto text = std::string_view(line).substr(0, line.find('\n'));
  if (!text.starts_with("running ") && text != "ended") {
    // It wrote no exit: it never began, or was killed while it did.
    ::syscall(SYS_pidfd_send_signal, task->shim.native_handle(), SIGKILL, nullptr, 0);
    co_await task->shim.async_wait(asio::posix::descriptor_base::wait_read, kNoThrow);
    task->reap();
    co_await settle(task);
    const std::string why(text.starts_with("failed ") ? text.substr(7) : "The shim ended without a word.");
    co_return Error(Errc::unavailable, "The task cannot be started at the moment: " + why);
  }
  task->read_state();
  running.add(1);
  publish(TaskEventKind::started, *task);
  watch_shim(task);
  if (text == "ended") co_await wait_for_end(task, steady_clock::now() + kReadyPatience);
  co_return Unit{};
}

void ProcessState::watch_shim(TaskPtr task) {
  task->shim.async_wait(asio::posix::descriptor_base::wait_read, [this, task](boost::system::error_code failed) {
    if (failed) return;
    asio::co_spawn(home, shim_is_gone(task), [](std::exception_ptr error) {
      if (error) base::log_error("runtime", "a task's end could not be handled");
    });
  });
}

asio::awaitable<void> ProcessState::shim_is_gone(TaskPtr task) {
  task->reap();
  co_await commands.end_all(task);
  co_await settle(task);
  running.add(-1);
  const auto& status = task->status;
  const bool lost = status.state == TaskState::lost;
  exits.with({std::string(kProcessDriver), lost ? "lost" : status.exit->success() ? "success" : "failure"}).add();
  publish(lost ? TaskEventKind::lost : TaskEventKind::exited, *task);
}

/// The shim does not live: what did it leave? Ends the task as exited or lost.
asio::awaitable<void> ProcessState::settle(TaskPtr task) {
  if (auto exit = task->read_exit()) {
    task->end(*std::move(exit), TaskState::exited);
    co_return;
  }
  const auto marks = task->marks();
  std::size_t killed = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto count = kill_leftovers(marks);
    if (count == 0) break;
    killed += round == 0 ? count : 0;
    co_await nap(kBetweenRounds);
  }
  leftovers.add(killed);
  task->clean_up();
  task->end(lost_because("The task was lost: its supervisor was killed, or the machine stopped."), TaskState::lost);
}

Task<bool> ProcessState::adopt(TaskPtr task) {
  const auto until = steady_clock::now() + kReadyPatience;
  while (true) {
    const auto pid = shim::shim_pid(task->folder);
    if (pid < 0) co_return Error(Errc::unavailable, "The task's folder cannot be read.", std::strerror(errno));
    if (pid == 0) co_return false;
    shim::Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    // Whoever holds the lock now is the process that was opened: the lock was held before and is held after.
    if (!process || shim::shim_pid(task->folder) != pid) continue;
    if (task->read_state()) {
      task->shim_pid = pid;
      task->shim.assign(process.release());
      co_return true;
    }
    // Troupe was killed while the task began: it will be there in a moment, or end.
    if (steady_clock::now() > until) co_return Error(Errc::timed_out, "The task's shim does not say what it runs.");
    co_await nap(kBetweenRounds);
  }
}

Task<TaskStatus> ProcessState::recover(TaskHandle handle) {
  if (handle.driver != kProcessDriver || !is_task_id(handle.task_id) || handle.run.empty()) {
    co_return Error(Errc::invalid_param, "This is not a handle of a process task.");
  }
  auto task = std::make_shared<ProcessTask>(home);
  task->folder = folder_of(handle.task_id);
  task->status.handle = handle;
  auto known = tasks.find(handle.task_id);
  const auto present_run = known != tasks.end() ? known->second->status.handle.run : read_run(task->folder);
  if (known != tasks.end() && present_run == handle.run) co_return known->second->status;
  if (!present_run.empty() && present_run != handle.run) {
    task->end(lost_because(std::string(kNewerRun)), TaskState::lost);
    co_return task->status;
  }
  tasks[handle.task_id] = task;
  auto adopted = co_await adopt(task);
  if (!adopted) {
    tasks.erase(handle.task_id);
    co_return std::unexpected(std::move(adopted).error());
  }
  if (*adopted) {
    running.add(1);
    watch_shim(task);
  } else {
    task->read_state();
    co_await settle(task);
  }
  co_return task->status;
}

Task<std::vector<TaskHandle>> ProcessState::list() {
  std::vector<TaskHandle> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder, failed)) {
    const auto id = entry.path().filename().string();
    if (!is_task_id(id)) continue;
    auto known = tasks.find(id);
    auto run = known != tasks.end() ? known->second->status.handle.run : read_run(entry.path().string());
    if (run.empty()) continue;
    found.push_back({.driver = std::string(kProcessDriver), .task_id = id, .run = std::move(run), .state = {}});
  }
  if (failed) co_return Error(Errc::unavailable, "The tasks' folder cannot be read.", failed.message());
  co_return found;
}

asio::awaitable<bool> ProcessState::wait_for_end(TaskPtr task, steady_clock::time_point until) {
  while (task->status.state == TaskState::running) {
    asio::steady_timer timer(home, until);
    task->waiting.insert(&timer);
    auto [cut] = co_await timer.async_wait(kNoThrow);
    task->waiting.erase(&timer);
    if (!cut) co_return task->status.state != TaskState::running;
  }
  co_return true;
}

Task<ExitResult> ProcessState::wait(std::string task_id, milliseconds patience) {
  CO_TRY(auto task, find(task_id));
  if (!co_await wait_for_end(task, steady_clock::now() + patience)) {
    co_return still_runs(task_id);
  }
  co_return *task->status.exit;
}

Task<ExitResult> ProcessState::stop(std::string task_id, milliseconds grace) {
  CO_TRY(auto task, find(task_id));
  CO_TRY(check_grace(grace));
  if (task->status.state == TaskState::running) {
    if (!task->shim.is_open()) co_return Error(Errc::conflict, "The task " + task_id + " is being started.");
    task->order_stop(steady_clock::now(), grace);
    if (!co_await wait_for_end(task, steady_clock::now() + grace + kKillPatience)) {
      co_return Error(Errc::timed_out, "The task " + task_id + " cannot be killed: it hangs inside the kernel.");
    }
  }
  co_return *task->status.exit;
}

Task<Unit> ProcessState::destroy(std::string task_id) {
  if (!is_task_id(task_id)) co_return Unit{};
  auto folder = folder_of(task_id);
  if (!tasks.contains(task_id)) {
    auto run = read_run(folder);
    if (!run.empty()) {
      CO_TRY(co_await recover(
          {.driver = std::string(kProcessDriver), .task_id = task_id, .run = std::move(run), .state = {}}));
    }
  }
  auto known = tasks.find(task_id);
  auto task = known == tasks.end() ? nullptr : known->second;
  if (task) {
    CO_TRY(co_await stop(task_id, milliseconds(0)));
  }
  std::error_code failed;
  std::filesystem::remove_all(folder, failed);
  if (failed) co_return Error(Errc::unavailable, "The task's folder cannot be removed.", failed.message());
  tasks.erase(task_id);
  if (task) publish(TaskEventKind::destroyed, *task);
  co_return Unit{};
}

Task<TaskStatus> ProcessState::inspect(std::string task_id) {
  CO_TRY(auto task, find(task_id));
  task->measure();
  co_return task->status;
}

Result<ProcessState::TaskPtr> ProcessState::find_running(const std::string& task_id) const {
  TRY(auto task, find(task_id));
  if (task->status.state == TaskState::running && task->status.pid) return task;
  return does_not_run(task_id);
}

Task<Unit> ProcessState::signal(std::string task_id, int signal) {
  CO_TRY(check_signal(signal));
  CO_TRY(auto task, find_running(task_id));
  const shim::ProcessStat first{.pid = *task->status.pid, .start_ticks = task->pid_start};
  if (!shim::signal_process(first, signal)) co_return does_not_run(task_id);
  co_return Unit{};
}

Task<ExecResult> ProcessState::exec(std::string task_id, ExecOrder order) {
  // Whoever gives up waiting does not stop what has begun: its patience does, and it is always reaped.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  CO_TRY(check_order(order));
  CO_TRY(auto task, find_running(task_id));
  co_return co_await commands.run(std::move(task), std::move(order));
}

ProcessDriver::ProcessDriver(Options options, base::MetricRegistry& metrics)
    : HomedDriver(std::make_shared<ProcessState>(std::move(options), metrics)) {}
ProcessDriver::~ProcessDriver() = default;

Capabilities ProcessDriver::capabilities() const { return kCapabilities; }
std::string_view ProcessDriver::config_schema() const { return state_->schema.text(); }

Fingerprint ProcessDriver::fingerprint() const {
  Fingerprint found{.health = Fingerprint::Health::healthy};
  utsname system{};
  if (::uname(&system) == 0) found.version = std::string(system.sysname) + " " + system.release;
  found.attributes["shim"] = state_->program.in_memory() ? "runs from memory" : "runs as the whole program";
  if (::access(state_->options.folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    found.health = Fingerprint::Health::unhealthy;
    found.text = "the tasks' folder cannot be used: " + std::string(std::strerror(errno));
  }
  return found;
}

}  // namespace troupe::runtime

template class troupe::runtime::HomedDriver<troupe::runtime::ProcessState>;
