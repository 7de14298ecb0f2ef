#include "runtime/sandbox/command_runner.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crypto.h"
#include "base/log.h"
#include "runtime/sandbox/backend.h"
#include "runtime/sandbox/check_order.h"
#include "runtime/sandbox/command_runner_impl.h"
#include "runtime/sandbox/confinement.h"
#include "runtime/sandbox/host_words.h"
#include "runtime/sandbox/seccomp_filter.h"
#include "runtime/shim/child.h"
#include "runtime/shim/command_run.h"
#include "runtime/shim/confined.h"
#include "runtime/shim/task_exec.h"

namespace troupe::runtime::sandbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kEndPatience{30'000};  ///< after its time: a process may hang inside the kernel
constexpr milliseconds kProbeTime{20'000};
constexpr milliseconds kStopPatience{20'000};
constexpr milliseconds kBetweenStopLooks{10};
constexpr milliseconds kBetweenGroupTries{10};
constexpr int kGroupTries = 500;
constexpr std::size_t kAnswerHeadBytes = 16 * 1024;
constexpr std::size_t kNameLength = 16;
constexpr const char* kPasswd = "root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n";
constexpr const char* kGroup = "root:x:0:\nnogroup:x:65534:\n";

void refuse(CommandRun& run, const Error& why) {
  run.how = How::refused;
  run.error = why.message();
}

/// What engines of containers look for; nothing that a command sees.
std::vector<std::string> engine_environment() {
  std::vector<std::string> lines{std::string("PATH=/usr/local/sbin:/usr/sbin:/sbin:") + kProgramPath};
  for (const auto* name : {"HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST", "CONTAINERS_CONF"}) {
    if (const char* value = ::getenv(name)) lines.push_back(std::string(name) + "=" + value);
  }
  return lines;
}

std::vector<std::string> argv_of(const CommandOrder& order) {
  return order.text.empty() ? order.argv : std::vector<std::string>{"sh", "-c", order.text};
}

}  // namespace

asio::awaitable<CommandRun> CommandRunner::Impl::run(CommandOrder order, Audit audit) {
  // Whoever gives up waiting has the command killed (listen), but its record is told all the same.
  co_await asio::this_coro::throw_if_cancelled(false);
  CommandRun record{.command = order.text.empty() && !order.argv.empty() ? order.argv.front() : order.text,
                    .args = {},
                    .cwd = order.cwd,
                    .mode = options.settings.mode,
                    .started_at = base::system_clock().unix_ms()};
  if (order.argv.size() > 1) record.args.assign(order.argv.begin() + 1, order.argv.end());
  const auto began = steady_clock::now();
  ++running;
  if (!audit) {
    refuse(record, Error(Errc::invalid_param, "A command needs somebody who stores its record."));
  } else {
    co_await attempt(order, record);
  }
  --running;
  record.duration = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
  runs.with({std::string(name_of(record.mode)), std::string(name_of(record.how))}).add();
  seconds.with({std::string(name_of(record.mode))}).observe(std::chrono::duration<double>(record.duration).count());
  if (audit) audit(record);
  co_return record;
}

asio::awaitable<void> CommandRunner::Impl::attempt(const CommandOrder& order, CommandRun& record) {
  const auto made = co_await plan(order, record);
  if (!made) {
    refuse(record, made.error());
    co_return;
  }
  const auto answer = co_await execute(*made, order.input);
  if (!answer) {
    // A supervisor that was killed has taken the command along, who knows how far that came.
    record.how = answer.error().code() == Errc::internal ? How::cancelled : How::not_started;
    record.error = answer.error().message();
    co_return;
  }
  record.how = how_of(answer->head);
  record.exit_code = record.how == How::exited ? answer->head.number("code", -1) : -1;
  record.signal = answer->head.number("signal");
  record.error = answer->head.text("error");
  record.out = answer->out;
  record.err = answer->err;
  record.out_truncated = answer->head.number(shim::kTruncatedKey) != 0;
  record.err_truncated = answer->head.number(shim::kErrTruncatedKey) != 0;
}

asio::awaitable<Result<Plan>> CommandRunner::Impl::plan(const CommandOrder& order, CommandRun& record) {
  const auto& settings = options.settings;
  if (!settings.allow) co_return Error(Errc::forbidden, std::string(kCommandsOff));
  CO_TRY(const auto mode, mode_of(order, settings));
  record.mode = mode;
  CO_TRY(check_order(order));
  CO_TRY(const auto limits, limits_of(order.limits, settings));
  if (stopping) co_return Error(Errc::unavailable, "The server is stopping.");
  if (running > settings.at_once) {
    co_return Error(Errc::limit_exceeded, "Too many commands run at the moment. Try again later.");
  }
  if (mode == Mode::host) co_return plan_for_host(order, record, limits);
  if (!backend && (!probed_at || steady_clock::now() - *probed_at >= kBetweenProbes)) co_await probe();
  if (!backend) {
    const base::Lock lock(mutex);
    co_return Error(Errc::unavailable, "Commands cannot be run: " + state.text);
  }
  record.backend = backend->name;
  co_return plan_for_sandbox(order, *backend, limits);
}

Result<Plan> CommandRunner::Impl::plan_for_host(const CommandOrder& order, CommandRun& record,
                                                const CommandLimits& limits) const {
  TRY(check_for_host(order));
  TRY(const auto folder, folder_of(order.folder, options.data_dir));
  auto argv = order.argv;
  if (!order.text.empty()) {
    TRY(argv, split_words(order.text));
  }
  TRY(const auto path, allowed_program(argv.front(), options.settings.host_allow));
  record.backend = "host";
  argv.front() = path;
  Plan plan{.record = {}, .filter = {}, .limits = limits};
  add_all(plan.record, shim::kArgKey, argv);
  add_all(plan.record, shim::kEnvironmentKey, environment_of(order, folder));
  plan.record.add(shim::kFolderKey, folder);
  plan.record.add(shim::kWorkingDirKey, order.cwd);
  return plan;
}

Result<Plan> CommandRunner::Impl::plan_for_sandbox(const CommandOrder& order, const Backend& made_by,
                                                   const CommandLimits& limits) const {
  TRY(const auto folder, folder_of(order.folder, options.data_dir));
  const Confinement confinement{
      .folder = folder, .writable = order.writable, .hidden = {options.data_dir}, .limits = limits};
  Plan plan{.record = {}, .filter = {}, .limits = limits};
  const auto environment = environment_of(order, "/tmp");
  const auto argv = argv_of(order);
  if (made_by.is_container()) {
    const Container container{.engine = made_by.program,
                              .image = options.settings.image,
                              .name = "troupe-command-" + base::random_alphanumeric(kNameLength)};
    add_all(plan.record, shim::kOuterKey, container_arguments(container, confinement, order.cwd, environment, argv));
    add_all(plan.record, shim::kEndKey, container_end(container));
    add_all(plan.record, shim::kOuterEnvironmentKey, engine_environment());
    return plan;
  }
  TRY(plan.filter, seccomp_filter());
  add_all(plan.record, shim::kOuterKey, bubblewrap_arguments(made_by.program, confinement));
  add_all(plan.record, shim::kArgKey, argv);
  add_all(plan.record, shim::kEnvironmentKey, environment);
  plan.record.add(shim::kConfinedKey, 1);
  plan.record.add(shim::kWorkingDirKey,
                  std::string(shim::kConfinedFolder) + (order.cwd.empty() ? "" : "/" + order.cwd));
  plan.record.add(shim::kPasswdKey, kPasswd);
  plan.record.add(shim::kGroupKey, kGroup);
  return plan;
}

asio::awaitable<Result<Answer>> CommandRunner::Impl::execute(const Plan& made, const std::string& input) {
  auto record = made.record;
  add_limits(record, made.limits);
  record.add(shim::kParentKey, static_cast<std::int64_t>(::getpid()));
  record.add(shim::kFilterBytesKey, static_cast<std::int64_t>(made.filter.size()));
  record.add(shim::kInputBytesKey, static_cast<std::int64_t>(input.size()));
  const shim::Descriptor order(::memfd_create("troupe-order", MFD_CLOEXEC));
  if (!order || !shim::write_all(order.get(), record.bytes() + '\0' + made.filter + input)) {
    co_return Error(Errc::unavailable, "The command cannot be started at the moment.");
  }
  CO_TRY(auto started, program.start({shim::kCommandRun}, order.get()));
  co_return read_answer(co_await listen(std::move(started), made.limits));
}

/// What the supervisor says until it ends.
asio::awaitable<std::string> CommandRunner::Impl::listen(launch::ShimProgram::Started started, CommandLimits limits) {
  const auto pid = started.pid;
  asio::posix::stream_descriptor process(home, started.process.release());
  asio::posix::stream_descriptor pipe(home, started.ready.release());
  const int handle = process.native_handle();
  supervisors.insert(handle);
  const auto end = [handle](int signal) { ::syscall(SYS_pidfd_send_signal, handle, signal, nullptr, 0); };
  asio::steady_timer timer(home, limits.time + kEndPatience);
  timer.async_wait([end](boost::system::error_code cut) {
    if (!cut) end(SIGKILL);
  });
  std::string answer;
  const auto most = kAnswerHeadBytes + 2 * static_cast<std::size_t>(limits.output_bytes);
  auto cancelled = co_await asio::this_coro::cancellation_state;
  bool told = false;
  while (true) {
    if (!told && cancelled.cancelled() != asio::cancellation_type::none) {
      told = true;
      end(SIGTERM);
      // Told once is enough: from here on nothing keeps us from waiting for the end.
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    }
    const auto [failed, count] = co_await asio::async_read(pipe, asio::dynamic_buffer(answer, most), kNothingThrown);
    if (failed != asio::error::operation_aborted || told) break;
  }
  pipe.close();
  while (true) {
    const auto [failed] = co_await process.async_wait(asio::posix::descriptor_base::wait_read, kNothingThrown);
    if (failed != asio::error::operation_aborted || told) break;
    told = true;
    end(SIGTERM);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  }
  timer.cancel();
  supervisors.erase(handle);
  // It was killed before it could. Processes take a moment to end; the pid stays its own until it is reaped.
  for (int tries = 0; answer.empty() && tries < kGroupTries && !shim::remove_command_groups(pid); ++tries) {
    timer.expires_after(kBetweenGroupTries);
    co_await timer.async_wait(kNothingThrown);
  }
  ::waitpid(static_cast<pid_t>(pid), nullptr, WNOHANG);
  co_return answer;
}

void CommandRunner::Impl::remember(Standing found) {
  const base::Lock lock(mutex);
  state = std::move(found);
}

asio::awaitable<void> CommandRunner::Impl::probe() {
  Standing found{.allowed = options.settings.allow, .mode = options.settings.mode};
  std::string why;
  std::optional<Backend> held;
  probed_at = steady_clock::now();
  const auto candidates = find_backends(options.settings, options.folders);
  for (const auto& candidate : candidates) {
    if (stopping) break;
    const auto wrong = co_await try_backend(candidate, found);
    if (!wrong) {
      held = candidate;
      break;
    }
    why += (why.empty() ? "" : "; ") + candidate.name + ": " + *wrong;
  }
  if (candidates.empty())
    why = "no sandbox is installed: install bubblewrap, or set commands.image for podman or docker";
  const bool on_host = options.settings.mode == Mode::host;  // an order has asked for the sandbox: others need none
  found.ready = held.has_value() || on_host;
  if (held) found.backend = held->name;
  if (on_host) found.backend = "host";
  if (!held) found.text = "isolation cannot be had here (" + why + ")";
  backend = held;
  if (!held) base::log_info("runtime", "commands are refused: " + found.text);
  remember(std::move(found));
}

/// What is wrong with it, or nothing.
asio::awaitable<std::optional<std::string>> CommandRunner::Impl::try_backend(const Backend& candidate,
                                                                             Standing& found) {
  CommandOrder order{.text = kProbeScript};
  order.environment["SEEN_FROM_OUTSIDE"] = options.data_dir;
  auto limits = limits_of({.time = kProbeTime}, options.settings);
  if (!limits) co_return limits.error().message();
  const auto made = plan_for_sandbox(order, candidate, *limits);
  if (!made) co_return made.error().message();
  const auto answer = co_await execute(*made, {});
  if (!answer) co_return answer.error().message();
  if (const auto error = answer->head.text("error"); !error.empty()) co_return std::string(error);
  if (how_of(answer->head) != How::exited || answer->head.number("code", -1) != 0) {
    auto line = answer->err.substr(0, answer->err.find('\n'));
    co_return "a confined command does not run" + (line.empty() ? "" : ": " + line);
  }
  if (const auto hole = find_hole(answer->out)) co_return *hole;
  const bool container = candidate.is_container();
  found.attributes["program"] = candidate.program;
  found.attributes["memory"] = container ? "the engine" : std::string(answer->head.text(shim::kMemoryByKey));
  found.attributes["processes"] = container ? "the engine" : std::string(answer->head.text(shim::kProcessesByKey));
  if (::getuid() == 0) found.attributes["user"] = "root started it: rather run Troupe as a user of its own";
  co_return std::nullopt;
}

asio::awaitable<Result<Unit>> CommandRunner::Impl::stop() {
  stopping = true;
  const auto until = steady_clock::now() + kStopPatience;
  // Beside what runs there may be a probe, when the program stops before it has started.
  while ((running > 0 || !supervisors.empty()) && steady_clock::now() < until) {
    for (const int supervisor : supervisors) ::syscall(SYS_pidfd_send_signal, supervisor, SIGTERM, nullptr, 0);
    asio::steady_timer timer(home, kBetweenStopLooks);
    co_await timer.async_wait(kNothingThrown);
  }
  if (running > 0) co_return Error(Errc::timed_out, "A command cannot be killed: it hangs inside the kernel.");
  co_return Unit{};
}

CommandRunner::CommandRunner(Options options, base::MetricRegistry& metrics)
    : impl_(std::make_unique<Impl>(std::move(options), metrics)) {}
CommandRunner::~CommandRunner() = default;

asio::awaitable<CommandRun> CommandRunner::run(CommandOrder order, Audit audit) {
  return asio::co_spawn(impl_->home, impl_->run(std::move(order), std::move(audit)), asio::use_awaitable);
}

Standing CommandRunner::standing() const {
  const base::Lock lock(impl_->mutex);
  return impl_->state;
}

Task<Unit> CommandRunner::probe() {
  auto probing = [](Impl& impl) -> Task<Unit> {
    if (impl.options.settings.allow && impl.options.settings.mode == Mode::sandbox) co_await impl.probe();
    co_return Unit{};
  };
  return asio::co_spawn(impl_->home, probing(*impl_), asio::use_awaitable);
}

Task<Unit> CommandRunner::stop() { return asio::co_spawn(impl_->home, impl_->stop(), asio::use_awaitable); }

}  // namespace troupe::runtime::sandbox
