#include "runtime/process_launch.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "base/log.h"
#include "runtime/embedded_shim.h"
#include "runtime/shim/child.h"
#include "runtime/shim/task_shim.h"

namespace troupe::runtime {
namespace {

using shim::Descriptor;

constexpr int kAboveTheShims = 16;  ///< so that putting a descriptor in its place never overwrites another

Error failed(std::string_view what) {
  const int error = errno;
  return Error(Errc::unavailable, "The task cannot be started at the moment.",
               std::string(what) + ": " + std::strerror(error));
}

Descriptor moved_up(Descriptor low) { return Descriptor(::fcntl(low.get(), F_DUPFD_CLOEXEC, kAboveTheShims)); }

struct Actions {
  Actions() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~Actions() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

Result<pid_t> spawn(const std::string& program, std::vector<std::string> arguments, int ready, int memory) {
  Actions actions;
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions.files, standard, "/dev/null", O_RDWR, 0);
  }
  posix_spawn_file_actions_adddup2(&actions.files, ready, shim::kReadyDescriptor);
  if (memory >= 0) posix_spawn_file_actions_adddup2(&actions.files, memory, shim::kProgramDescriptor);
  const int last = memory >= 0 ? shim::kProgramDescriptor : shim::kReadyDescriptor;
  posix_spawn_file_actions_addclosefrom_np(&actions.files, last + 1);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigmask(&actions.attributes, &all);  // a stop that comes early must wait, not kill
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&actions.attributes, &defaults);
  posix_spawnattr_setflags(&actions.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  char* nothing[] = {nullptr};
  pid_t pid = 0;
  errno = posix_spawn(&pid, program.c_str(), &actions.files, &actions.attributes, pointers.data(), nothing);
  if (errno != 0) return failed("posix_spawn");
  return pid;
}

/// A file that only this user reads, new: whatever was there is gone.
bool write_secret(const std::string& path, std::string_view bytes) {
  ::unlink(path.c_str());
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  return file && shim::write_all(file.get(), bytes);
}

bool make_private_folder(const std::string& path) {
  return ::mkdir(path.c_str(), 0700) == 0 || (errno == EEXIST && ::chmod(path.c_str(), 0700) == 0);
}

shim::Record record_of(const std::string& folder, const TaskSpec& spec, const std::string& run,
                       const std::string& working_dir) {
  shim::Record record;
  record.add(shim::kRunKey, run);
  for (const auto& argument : spec.argv) record.add(shim::kArgKey, argument);
  for (const auto& variable : task_environment(folder, spec, run)) record.add(shim::kEnvironmentKey, variable);
  record.add(shim::kWorkingDirKey, working_dir);
  record.add("memory_bytes", spec.limits.memory_bytes);
  record.add("cpu_seconds", spec.limits.cpu_seconds);
  record.add("file_bytes", spec.limits.file_bytes);
  record.add("open_files", spec.limits.open_files);
  record.add("processes", spec.limits.processes);
  record.add("nice", spec.limits.nice);
  record.add("log_file_bytes", spec.output.file_bytes);
  record.add("log_files", spec.output.files);
  record.add("log_line_bytes", spec.output.line_bytes);
  record.add("log_bytes_per_s", spec.output.bytes_per_s);
  return record;
}

}  // namespace

ShimProgram ShimProgram::make(std::vector<std::string> fallback) {
  ShimProgram program;
  program.fallback_ = std::move(fallback);
  Descriptor memory(::memfd_create("troupe-task-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memory && shim::write_all(memory.get(), embedded_shim()) && ::fchmod(memory.get(), 0500) == 0 &&
      ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
    program.memory_ = moved_up(std::move(memory));
  }
  if (!program.memory_)
    base::log_info("runtime", "tasks get the whole program as their shim: no program in memory here");
  return program;
}

Result<ShimProgram::Started> ShimProgram::start(const std::vector<std::string>& arguments) const {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed("pipe");
  Descriptor ready(ends[0]);
  const auto theirs = moved_up(Descriptor(ends[1]));
  if (!theirs) return failed("fcntl");
  Result<pid_t> pid = Error(Errc::unavailable);
  if (memory_) {
    const auto own = "/proc/self/fd/" + std::to_string(shim::kProgramDescriptor);
    std::vector<std::string> command{"troupe"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    pid = spawn(own, std::move(command), theirs.get(), memory_.get());
  }
  if (!pid && !fallback_.empty()) {
    auto command = fallback_;
    command.insert(command.end(), arguments.begin(), arguments.end());
    pid = spawn(fallback_.front(), std::move(command), theirs.get(), -1);
  }
  if (!pid) return std::unexpected(std::move(pid).error());
  Started started;
  started.pid = *pid;
  started.process = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  if (!started.process) {
    auto error = failed("pidfd_open");
    ::kill(*pid, SIGKILL);  // our child, and not reaped: still the same process
    return error;
  }
  ::fcntl(ready.get(), F_SETFL, O_NONBLOCK);
  started.ready = std::move(ready);
  return started;
}

std::vector<std::string> task_environment(const std::string& folder, const TaskSpec& spec, const std::string& run) {
  std::map<std::string, std::string> variables{
      {"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", folder + "/" + shim::kWorkDir}, {"LANG", "C.UTF-8"}};
  for (const auto& [name, value] : spec.environment) variables[name] = value;
  for (const auto& secret : spec.secrets) {
    if (!secret.variable.empty()) variables[secret.variable] = folder + "/" + shim::kSecretsDir + "/" + secret.name;
  }
  variables["TROUPE_TASK_ID"] = spec.id;
  variables[shim::kRunVariable] = run;
  std::vector<std::string> out;
  out.reserve(variables.size());
  for (const auto& [name, value] : variables) out.push_back(name + "=" + value);
  return out;
}

Result<std::string> working_dir_of(const std::string& folder, const TaskSpec& spec) {
  const auto* given = spec.driver_config.if_contains("working_dir");
  if (given == nullptr) return folder + "/" + shim::kWorkDir;
  std::string path(given->get_string());
  if (path.starts_with('/') && path.find('\0') == std::string::npos) return path;
  return Error(Errc::invalid_param, "driver_config/working_dir must be an absolute path");
}

Result<Unit> prepare_folder(const std::string& folder, const TaskSpec& spec, const std::string& run) {
  TRY(const auto working_dir, working_dir_of(folder, spec));
  if (!make_private_folder(folder) || !make_private_folder(folder + "/" + shim::kWorkDir)) return failed("mkdir");
  for (const auto* old : {shim::kStateFile, shim::kStopFile, shim::kExitFile, shim::kExitReserve, shim::kDroppedFile}) {
    if (::unlink((folder + "/" + old).c_str()) != 0 && errno != ENOENT) return failed("unlink");
  }
  const auto secrets = folder + "/" + shim::kSecretsDir;
  std::error_code ignored;
  std::filesystem::remove_all(secrets, ignored);
  if (!spec.secrets.empty() && !make_private_folder(secrets)) return failed("mkdir");
  for (const auto& secret : spec.secrets) {
    if (!write_secret(secrets + "/" + secret.name, secret.bytes)) return failed("write");
  }
  if (!shim::replace_file(folder + "/" + shim::kSpecFile, record_of(folder, spec, run, working_dir).bytes())) {
    return failed("write");
  }
  return Unit{};
}

}  // namespace troupe::runtime
