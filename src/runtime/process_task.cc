#include "runtime/process_task.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/log.h"
#include "runtime/shim/cgroup.h"
#include "runtime/shim/child.h"
#include "runtime/shim/folder.h"

namespace troupe::runtime {
namespace {

constexpr std::size_t kSpecBytes = 512 * 1024;
constexpr std::size_t kRecordBytes = 16 * 1024;
constexpr std::int64_t kMsPerSecond = 1000;

std::optional<shim::Record> read_record(const std::string& path, std::string_view run, std::size_t most) {
  const auto bytes = shim::read_file(path, most);
  if (!bytes) return std::nullopt;
  auto record = shim::Record::parse(*bytes);
  if (!run.empty() && record.text("run") != run) return std::nullopt;
  return record;
}

}  // namespace

std::string read_run(const std::string& folder) {
  const auto spec = read_record(folder + "/" + shim::kSpecFile, {}, kSpecBytes);
  return spec ? std::string(spec->text(shim::kRunKey)) : std::string();
}

bool ProcessTask::read_state() {
  const auto state = read_record(folder + "/" + shim::kStateFile, status.handle.run, kRecordBytes);
  if (!state) return false;
  status.pid = state->number("pid");
  pid_start = state->number("pid_start");
  status.started_at = state->number("started_at");
  cgroup = state->text("cgroup");
  same_boot = state->text("boot") == shim::boot_id();
  return true;
}

std::optional<ExitResult> ProcessTask::read_exit() const {
  const auto record = read_record(folder + "/" + shim::kExitFile, status.handle.run, kRecordBytes);
  if (!record) return std::nullopt;
  return ExitResult{.code = record->number("code", -1),
                    .signal = record->number("signal"),
                    .oom_killed = record->number("oom") != 0,
                    .error = std::string(record->text("error")),
                    .at = record->number("at")};
}

RunMarks ProcessTask::marks() const {
  RunMarks marks{.run = status.handle.run, .session = 0, .session_start = 0, .cgroup = cgroup};
  if (same_boot && status.pid) {
    marks.session = *status.pid;
    marks.session_start = pid_start;
  }
  return marks;
}

void ProcessTask::clean_up() const {
  std::error_code ignored;
  std::filesystem::remove_all(folder + "/" + shim::kSecretsDir, ignored);
  shim::Cgroup(cgroup).remove();
}

void ProcessTask::end(ExitResult result, TaskState state) {
  status.state = state;
  status.exit = std::move(result);
  status.pid.reset();
  status.memory_bytes.reset();
  status.cpu_ms.reset();
  boost::system::error_code ignored;
  shim.close(ignored);
  for (auto* timer : waiting) timer->cancel();
}

void ProcessTask::reap() const {
  while (shim_pid > 0 && ::waitpid(static_cast<pid_t>(shim_pid), nullptr, WNOHANG) < 0 && errno == EINTR) {
  }
}

void ProcessTask::order_stop(std::chrono::steady_clock::time_point now, std::chrono::milliseconds grace) {
  // The shim may read only the last of several orders: each says what is left of the shortest.
  kill_at = std::min(kill_at, now + grace);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(kill_at - now);
  shim::Record order;
  order.add("run", status.handle.run);
  order.add("grace_ms", std::max<std::int64_t>(0, left.count()));
  const auto file = folder + "/" + shim::kStopFile;
  if (!shim::replace_file(file, order.bytes())) {
    // Full disk: the shim stops all the same, with its own grace.
    base::log_warning("runtime", "the grace of a stop could not be written",
                      {{"task", status.handle.task_id}, {"detail", std::strerror(errno)}});
  }
  ::syscall(SYS_pidfd_send_signal, shim.native_handle(), SIGTERM, nullptr, 0);
}

void ProcessTask::measure() {
  if (status.state != TaskState::running || shim_pid <= 0) return;
  std::int64_t ticks = 0;
  std::int64_t bytes = 0;
  for (const auto& process : shim::descendants(shim_pid)) {
    ticks += process.cpu_ticks;
    bytes += process.resident_bytes;
  }
  const auto counted = shim::Cgroup(cgroup).memory_bytes();
  status.memory_bytes = counted > 0 ? counted : bytes;
  status.cpu_ms = ticks * kMsPerSecond / ::sysconf(_SC_CLK_TCK);
}

}  // namespace troupe::runtime
