#include "runtime/launch/shim_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/log.h"
#include "runtime/launch/embedded_shim.h"
#include "runtime/shim/shim_process.h"

namespace troupe::runtime::launch {
namespace {

using shim::Descriptor;

constexpr int kAboveTheShims = 16;  ///< so that putting a descriptor in its place never overwrites another

Error not_started(std::string_view what) {
  const int error = errno;
  return Error(Errc::unavailable, "The program cannot be started at the moment.",
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

struct Streams {
  int ready, memory, input, output;
};

Result<pid_t> spawn(const std::string& program, std::vector<std::string> arguments, const Streams& given) {
  const auto [ready, memory, input, output] = given;
  Actions actions;
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions.files, standard, "/dev/null", O_RDWR, 0);
  }
  if (input >= 0) posix_spawn_file_actions_adddup2(&actions.files, input, STDIN_FILENO);
  if (output >= 0) posix_spawn_file_actions_adddup2(&actions.files, output, STDOUT_FILENO);
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
  if (errno != 0) return not_started("posix_spawn");
  return pid;
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

Result<ShimProgram::Started> ShimProgram::start(const std::vector<std::string>& arguments, int input,
                                                int output) const {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return not_started("pipe");
  Descriptor ready(ends[0]);
  const auto theirs = moved_up(Descriptor(ends[1]));
  if (!theirs) return not_started("fcntl");
  Result<pid_t> pid = Error(Errc::unavailable);
  if (memory_) {
    const auto own = "/proc/self/fd/" + std::to_string(shim::kProgramDescriptor);
    std::vector<std::string> command{"troupe"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    pid = spawn(own, std::move(command),
                {.ready = theirs.get(), .memory = memory_.get(), .input = input, .output = output});
  }
  if (!pid && !fallback_.empty()) {
    auto command = fallback_;
    command.insert(command.end(), arguments.begin(), arguments.end());
    pid = spawn(fallback_.front(), std::move(command),
                {.ready = theirs.get(), .memory = -1, .input = input, .output = output});
  }
  if (!pid) return std::unexpected(std::move(pid).error());
  Started started;
  started.pid = *pid;
  started.process = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0)));
  if (!started.process) {
    auto error = not_started("pidfd_open");
    ::kill(*pid, SIGKILL);  // our child, and not reaped: still the same process
    return error;
  }
  ::fcntl(ready.get(), F_SETFL, O_NONBLOCK);
  started.ready = std::move(ready);
  return started;
}

}  // namespace troupe::runtime::launch
