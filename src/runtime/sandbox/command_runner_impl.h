// The inside of CommandRunner, for its own sources alone.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include "base/mutex.h"
#include "runtime/launch/shim_program.h"
#include "runtime/sandbox/backend.h"
#include "runtime/sandbox/command_runner.h"
#include "runtime/sandbox/plan.h"

namespace troupe::runtime::sandbox {

using std::chrono::steady_clock;

inline constexpr auto kNothingThrown = asio::as_tuple(asio::use_awaitable);
inline constexpr std::chrono::milliseconds kBetweenProbes{30'000};

/// What a running program's handle and the thread that watches it both hold.
struct ProgramTalk {
  mutable base::Mutex mutex;
  std::optional<std::string> ended GUARDED_BY(mutex);
  int supervisor = -1;  ///< pidfd while it lives; the runner's thread's
};

/// Everything below runs on the runner's own thread, unless it says otherwise.
struct CommandRunner::Impl {
  Impl(Options given, base::MetricRegistry& metrics)
      : options(std::move(given)),
        runs(metrics.counter("troupe_runtime_commands_total", "Commands that were ordered", {"mode", "how"})),
        seconds(metrics.histogram("troupe_runtime_command_seconds", "Time that commands took", {"mode"})),
        program(launch::ShimProgram::make(options.shim_command)) {
    std::error_code failed;
    const auto data = std::filesystem::absolute(options.data_dir);
    const auto real = std::filesystem::weakly_canonical(data, failed);  // it is hidden where it is, not where links are
    options.data_dir = (failed ? data : real).string();
    state.allowed = options.settings.allow;
    state.mode = options.settings.mode;
    if (!state.allowed) {
      state.text = kCommandsOff;
    } else if (state.mode == Mode::host) {
      state.ready = true;
      state.backend = "host";
    } else {
      state.text = "The sandbox has not been tried yet.";
    }
    thread = std::thread([this] { home.run(); });
  }
  ~Impl() {
    home.stop();
    thread.join();
    // Those that had not yet asked to be told of our thread's end.
    for (const int supervisor : supervisors) ::syscall(SYS_pidfd_send_signal, supervisor, SIGTERM, nullptr, 0);
  }

  asio::awaitable<CommandRun> run(CommandOrder order, Audit audit);
  asio::awaitable<void> attempt(const CommandOrder& order, CommandRun& record);
  asio::awaitable<Result<Plan>> plan(const CommandOrder& order, CommandRun& record);
  Result<Plan> plan_for_host(const CommandOrder& order, CommandRun& record, const CommandLimits& limits) const;
  Result<Plan> plan_for_sandbox(const CommandOrder& order, const Backend& backend, const CommandLimits& limits) const;
  asio::awaitable<Result<Answer>> execute(const Plan& plan, const std::string& input);
  asio::awaitable<std::string> listen(launch::ShimProgram::Started started, CommandLimits limits);
  Task<std::unique_ptr<Program>> start(ProgramOrder order);
  asio::awaitable<Result<Plan>> plan_program(const ProgramOrder& order);
  static asio::awaitable<void> end_soon(asio::io_context& home, std::shared_ptr<ProgramTalk> talk);

  asio::awaitable<void> probe();
  asio::awaitable<std::optional<std::string>> try_backend(const Backend& candidate, Standing& found);
  asio::awaitable<Result<Unit>> stop();
  void remember(Standing found);

  asio::io_context home{1};  // first: what waits on it ends with it, after everything else
  asio::executor_work_guard<asio::io_context::executor_type> work{home.get_executor()};
  Options options;
  base::Family<base::Counter>& runs;
  base::Family<base::Histogram>& seconds;
  launch::ShimProgram program;
  std::optional<Backend> backend;  ///< that was tried, and held
  std::optional<steady_clock::time_point> probed_at;
  std::set<int> supervisors;  ///< pidfds
  std::int64_t running = 0, programs = 0;
  bool stopping = false;
  mutable base::Mutex mutex;
  Standing state GUARDED_BY(mutex);
  std::thread thread;
};

}  // namespace troupe::runtime::sandbox
