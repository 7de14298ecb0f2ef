#include "runtime/shim/child.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>

namespace troupe::runtime::shim {
namespace {

void limit(__rlimit_resource what, std::int64_t value) {
  rlimit both{};
  if (::getrlimit(what, &both) != 0) return;
  const auto wanted = static_cast<rlim_t>(value);
  if (both.rlim_max != RLIM_INFINITY && both.rlim_max < wanted) return;  // stricter already
  both.rlim_cur = both.rlim_max = wanted;
  ::setrlimit(what, &both);
}

/// When memory runs out, rather the task than Troupe or the shim.
void prefer_me_when_memory_is_short() {
  const Descriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file) write_all(file.get(), "500");
}

/// A sandbox shows the machine's own nodes, and to the kernel a sandbox of root's is their owner. Read-only mounts are
/// written through all the same, by what is behind the nodes. Best effort: the sandbox's probe tells.
void make_devices_read_only() {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return;
  for (const auto* node : {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}) {
    if (::mount(node, node, nullptr, MS_BIND, nullptr) != 0) continue;
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    ::mount_setattr(AT_FDCWD, node, 0, &attributes, sizeof attributes);
  }
}

/// Where the program may be: itself, or in each folder of the task's PATH.
std::vector<std::string> candidates(const Order& order) {
  const auto& name = order.argv.front();
  if (name.find('/') != std::string::npos) return {name};
  std::vector<std::string> found;
  std::string_view path = "/usr/local/bin:/usr/bin:/bin";
  for (const auto& variable : order.environment) {
    if (variable.starts_with("PATH=")) path = std::string_view(variable).substr(5);
  }
  while (!path.empty()) {
    const auto part = path.substr(0, path.find(':'));
    if (part.starts_with('/')) found.push_back(std::string(part) + "/" + name);
    path.remove_prefix(std::min(path.size(), part.size() + 1));
  }
  return found;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

[[noreturn]] void give_up(int report, Stage stage, int error) {
  const Failure failure{.stage = stage, .error = error};
  static_cast<void>(!::write(report, &failure, sizeof failure));
  ::_exit(127);
}

struct Streams {
  int out;
  int err;
  int report;
};

[[noreturn]] void become_child(const Order& order, const Program& program, const Surroundings& given, pid_t shim,
                               const Streams& streams) {
  ::setsid();
  // The kernel forgets this at an exec that gains privileges: none may be gained.
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != shim) ::_exit(127);  // it died before the line above
  const int report = streams.report;
  if (!given.group.join() || (given.second_group && !given.second_group->join())) {
    give_up(report, Stage::setup, errno);
  }
  prefer_me_when_memory_is_short();
  if (given.protect_devices) make_devices_read_only();
  const int input = given.input >= 0 ? given.input : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int output = given.output >= 0 ? given.output : streams.out;
  if (input < 0 || ::dup2(input, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
      ::dup2(streams.err, STDERR_FILENO) < 0) {
    give_up(report, Stage::setup, errno);
  }
  for (const auto& [ours, theirs] : given.descriptors) {
    if (::dup2(ours, theirs) < 0) give_up(report, Stage::setup, errno);
  }
  if (::chdir(order.working_dir.c_str()) != 0) give_up(report, Stage::folder, errno);
  default_signals();
  limit_myself(order, given.limit_data);
  // All others close at exec: each was opened so, and the shim began by closing what it did not know.
  give_up(report, Stage::program, program.become());
}

}  // namespace

void limit_myself(const Order& order, bool limit_data) {
  limit(RLIMIT_CORE, 1);  // not 0: a core_pattern that is a program runs then, as root (core(5))
  if (limit_data && order.memory_bytes > 0) limit(RLIMIT_DATA, order.memory_bytes);
  if (order.cpu_seconds > 0) limit(RLIMIT_CPU, order.cpu_seconds);
  if (order.file_bytes > 0) limit(RLIMIT_FSIZE, order.file_bytes);
  if (order.processes > 0) limit(RLIMIT_NPROC, order.processes);
  // Troupe itself raises its own far up; programs that close "all" descriptors in a loop suffer from that.
  limit(RLIMIT_NOFILE, order.open_files > 0 ? order.open_files : 1024);
  if (order.nice > 0) static_cast<void>(::nice(order.nice));
}

void default_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool Pipe::open() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  read = Descriptor(ends[0]);
  write = Descriptor(ends[1]);
  return true;
}

Program::Program(const Order& order)
    : paths_(candidates(order)), argv_(pointers(order.argv)), environment_(pointers(order.environment)) {}

int Program::become() const {
  int error = ENOENT;
  for (const auto& path : paths_) {
    ::execve(path.c_str(), argv_.data(), environment_.data());
    if (errno != ENOENT && errno != ENOTDIR) error = errno;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
  }
  return error;
}

std::string in_words(const Order& order, const Failure& failure) {
  const std::string reason = ::strerror(failure.error);
  if (failure.stage == Stage::folder) return "The working folder " + order.working_dir + " cannot be used: " + reason;
  if (failure.stage == Stage::setup) return "The task could not be set up: " + reason;
  const auto& program = order.argv.front();
  if (failure.error == ENOENT) return "There is no program " + program + " (or not the interpreter it names).";
  if (failure.error == EACCES) return "The program " + program + " may not be executed: check its permissions.";
  if (failure.error == ENOEXEC) return "The file " + program + " is not a program: a script begins with #!";
  return "The program " + program + " could not be started: " + reason;
}

std::optional<Failure> read_failure(const Descriptor& pipe) {
  Failure failure;
  ssize_t count = 0;
  do {
    count = ::read(pipe.get(), &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof failure) return std::nullopt;
  return failure;
}

Descriptor watch_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGCHLD);
  return Descriptor(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
}

Order order_from(const Record& spec) {
  Order order;
  order.run = spec.text(kRunKey);
  order.argv = spec.all(kArgKey);
  order.environment = spec.all(kEnvironmentKey);
  order.working_dir = spec.text(kWorkingDirKey);
  order.memory_bytes = spec.number("memory_bytes");
  order.cpu_seconds = spec.number("cpu_seconds");
  order.file_bytes = spec.number("file_bytes");
  order.open_files = spec.number("open_files");
  order.processes = spec.number("processes");
  order.nice = static_cast<int>(spec.number("nice"));
  return order;
}

Child start_child(const Order& order, const Surroundings& surroundings) {
  Child child;
  Pipe out;
  Pipe err;
  Pipe report;
  if (order.argv.empty()) {
    child.error = "There is nothing to run.";
    return child;
  }
  if (!out.open() || !err.open() || !report.open()) {
    child.error = std::string("No pipe for the task's output: ") + ::strerror(errno);
    return child;
  }
  const Program program(order);
  const pid_t shim = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become_child(order, program, surroundings, shim,
                 {.out = out.write.get(), .err = err.write.get(), .report = report.write.get()});
  }
  if (pid < 0) {
    child.error = std::string("No process could be made: ") + ::strerror(errno);
    return child;
  }
  report.write.close();
  if (const auto failure = read_failure(report.read)) {
    ::waitpid(pid, nullptr, 0);
    child.error = in_words(order, *failure);
    return child;
  }
  child.pid = pid;
  child.out = std::move(out.read);
  child.err = std::move(err.read);
  for (const int end : {child.out.get(), child.err.get()}) ::fcntl(end, F_SETFL, O_NONBLOCK);
  return child;
}

}  // namespace troupe::runtime::shim
