#include "runtime/shim/command_run.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "runtime/shim/child.h"
#include "runtime/shim/confined.h"
#include "runtime/shim/kept_stream.h"
#include "runtime/shim/processes.h"
#include "runtime/shim/shim_process.h"
#include "runtime/shim/task_exec.h"

namespace troupe::runtime::shim {
namespace {

constexpr std::int64_t kKillRoundMs = 10;      ///< between two rounds of SIGKILL
constexpr std::int64_t kLookMs = 50;           ///< between two looks at what the command's processes use
constexpr std::int64_t kSeldomLookMs = 1'000;  ///< at those of one that stays
constexpr std::int64_t kSlowMs = 10;           ///< a pause for each read beyond what is kept
constexpr std::int64_t kContainerMs = 5'000;   ///< for a container to be ended, and to clear up after itself
constexpr int kLastReads = 128;                ///< after the end; a pipe holds less
constexpr std::int64_t kOwnProcesses = 2;      ///< of the sandbox, beside the command's
constexpr std::size_t kReportBytes = 8 * 1024;

/// A file in memory with these bytes, read from its beginning.
Descriptor in_memory(std::string_view bytes) {
  Descriptor file(::memfd_create("troupe-command", MFD_CLOEXEC));
  if (!file || !write_all(file.get(), bytes) || ::lseek(file.get(), 0, SEEK_SET) != 0) return Descriptor();
  return file;
}

std::string read_standard_input() {
  std::string bytes;
  char piece[16 * 1024];
  while (true) {
    const auto count = ::pread(STDIN_FILENO, piece, sizeof piece, static_cast<off_t>(bytes.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(count));
  }
}

/// Goes to a folder below another, whatever links lie on the way (openat2(2), RESOLVE_BENEATH).
bool enter_below(const std::string& folder, const std::string& below) {
  const Descriptor root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return false;
  if (below.empty()) return ::fchdir(root.get()) == 0;
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const Descriptor inner(static_cast<int>(::syscall(SYS_openat2, root.get(), below.c_str(), &how, sizeof how)));
  return inner && ::fchdir(inner.get()) == 0;
}

std::string group_name(std::int64_t supervisor) { return "troupe-command-" + std::to_string(supervisor); }

class Command {
 public:
  explicit Command(const Record& record, std::string_view tail);

  void run();
  std::string answer() const;

 private:
  void start();
  void start_child_of(Order outer);
  void take_socket();
  void lay_limits();
  void wait_for_something();
  void read_signals();
  void reap();
  void feed();
  void read_streams(std::int64_t now);
  void look(std::int64_t now);
  void kill_now(std::int64_t now);
  void end(std::string_view how);
  void take_report();

  Record record_;
  Order order_;
  std::vector<std::string> outer_;
  bool confined_;
  std::size_t most_;
  std::string filter_;
  std::string input_;
  std::size_t fed_ = 0;
  Cgroup group_;
  Cgroup counted_;  ///< version 1 counts processes in a hierarchy of its own
  bool looks_at_memory_ = false;
  bool looks_at_count_ = false;
  Descriptor signals_;
  Descriptor socket_;  ///< of one that talks: its standard input and output
  Descriptor input_pipe_;
  Descriptor report_;
  KeptStream out_;
  KeptStream err_;
  std::int64_t pid_ = 0;
  Ending ending_;
  std::string error_;
  std::string_view how_ = kEnded;
  bool ended_ = false;
  bool childless_ = false;
  bool told_to_end_ = false;  ///< the container
  std::int64_t began_at_ = 0;
  std::int64_t patience_at_ = 0;
  std::int64_t kill_at_ = 0;  ///< monotonic: from then on rounds of SIGKILL
  std::int64_t look_at_ = 0;
  std::int64_t read_at_ = 0;
};

Command::Command(const Record& record, std::string_view tail)
    : record_(record),
      order_(order_from(record)),
      outer_(record.all(kOuterKey)),
      confined_(record.number(kConfinedKey) != 0),
      most_(static_cast<std::size_t>(record.number(kOutputKey))) {
  const auto filter = static_cast<std::size_t>(record.number(kFilterBytesKey));
  filter_ = tail.substr(0, filter);
  input_ = tail.substr(std::min(filter, tail.size()));
  began_at_ = monotonic_ms();
  patience_at_ = kill_at_ = began_at_ + record.number(kPatienceKey);
}

/// What a control group keeps is kept by the kernel; the rest is looked at. A container has its own.
void Command::lay_limits() {
  if (!outer_.empty() && !confined_) return;
  const auto name = group_name(::getpid());
  group_ = Cgroup::make(name);
  looks_at_memory_ = order_.memory_bytes > 0 && !group_.limit_memory(order_.memory_bytes);
  const auto most = order_.processes + kOwnProcesses;
  looks_at_count_ = order_.processes > 0;
  if (!looks_at_count_) return;
  if (!group_.limit_processes(most)) {
    counted_ = Cgroup::make(name, "pids");
    looks_at_count_ = !counted_.limit_processes(most);
  } else {
    looks_at_count_ = false;
  }
}

void Command::start() {
  take_socket();
  if (how_ == kNotStarted) return;
  lay_limits();
  Order outer;
  outer.argv = outer_;
  outer.environment = record_.all(kOuterEnvironmentKey);
  outer.working_dir = "/";
  if (outer_.empty()) {
    outer = order_;
    outer.working_dir = ".";
    outer.processes = 0;  // of the whole user: a look at the command's own is fairer
    if (!enter_below(std::string(record_.text(kFolderKey)), order_.working_dir)) {
      how_ = kNotStarted;
      error_ = std::string("The working folder cannot be used: ") + ::strerror(errno);
      return;
    }
  }
  start_child_of(std::move(outer));
}

/// The socket, which nothing but the command shall hold: its end is the other side's news.
void Command::take_socket() {
  if (record_.number(kTalksKey) == 0) return;
  socket_ = Descriptor(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, kProgramDescriptor + 1));
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (socket_ && nothing && ::dup2(nothing.get(), STDOUT_FILENO) >= 0) return;
  // Without it the program would talk to nobody.
  how_ = kNotStarted;
  error_ = std::string("The program's socket cannot be set up: ") + ::strerror(errno);
}

void Command::start_child_of(Order outer) {
  const Descriptor socket = std::move(socket_);
  Pipe input;
  Pipe report;
  const Descriptor order(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, kProgramDescriptor + 1));
  const Descriptor filter = in_memory(filter_);
  const Descriptor helper(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const Descriptor passwd = in_memory(record_.text(kPasswdKey));
  const Descriptor group = in_memory(record_.text(kGroupKey));
  if (!input.open() || !report.open() || !order || !filter || !helper || !passwd || !group) {
    how_ = kNotStarted;
    error_ = std::string("The command cannot be set up: ") + ::strerror(errno);
    return;
  }
  Surroundings given{.group = group_,
                     .limit_data = outer_.empty() && looks_at_memory_,
                     .second_group = &counted_,
                     .input = socket ? socket.get() : input.read.get(),
                     .output = socket.get()};
  if (confined_) {
    given.protect_devices = ::geteuid() == 0;
    outer.argv.emplace_back(looks_at_memory_ ? kLimitEach : kLimitTogether);
    given.descriptors = {{filter.get(), kFilterDescriptor},       {order.get(), kOrderDescriptor},
                         {report.write.get(), kReportDescriptor}, {helper.get(), kHelperDescriptor},
                         {passwd.get(), kPasswdDescriptor},       {group.get(), kGroupDescriptor}};
  }
  auto child = start_child(outer, given);
  if (child.pid == 0) {
    how_ = kNotStarted;
    error_ = child.error;
    return;
  }
  input_pipe_ = std::move(input.write);
  ::fcntl(input_pipe_.get(), F_SETFL, O_NONBLOCK);
  report_ = std::move(report.read);
  ::fcntl(report_.get(), F_SETFL, O_NONBLOCK);
  pid_ = child.pid;
  out_.pipe = std::move(child.out);
  err_.pipe = std::move(child.err);
  feed();
}

void Command::run() {
  signals_ = watch_signals();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  start();
  while (pid_ != 0 && (!ended_ || !childless_)) {
    wait_for_something();
    read_signals();
    reap();
    feed();
    const auto now = monotonic_ms();
    read_streams(now);
    look(now);
    if (!ended_ && how_ == kEnded && now >= patience_at_) end(kTimedOut);
    if (now >= kill_at_ && !(ended_ && childless_)) kill_now(now);
  }
  for (auto* stream : {&out_, &err_}) {
    for (int reads = 0; reads < kLastReads && stream->read(most_);) ++reads;
  }
  if (pid_ != 0) take_report();
  group_.remove();
  counted_.remove();
}

/// The first reason stays.
void Command::end(std::string_view how) {
  if (how_ == kEnded && !ended_) how_ = how;
  kill_at_ = std::min(kill_at_, monotonic_ms());
}

void Command::kill_now(std::int64_t now) {
  const auto ends = record_.all(kEndKey);
  if (!ends.empty() && !told_to_end_) {
    told_to_end_ = true;
    kill_at_ = now + kContainerMs;
    Order order;
    order.argv = ends;
    order.environment = record_.all(kOuterEnvironmentKey);
    order.working_dir = "/";
    start_child(order, {.group = group_});
    return;
  }
  kill_round([] { return descendants(::getpid()); });
  kill_at_ = now + kKillRoundMs;
}

void Command::wait_for_something() {
  const auto now = monotonic_ms();
  pollfd wanted[4] = {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                      {.fd = input_pipe_.get(), .events = POLLOUT, .revents = 0},
                      {.fd = out_.pipe.get(), .events = POLLIN, .revents = 0},
                      {.fd = err_.pipe.get(), .events = POLLIN, .revents = 0}};
  auto until = ended_ || how_ != kEnded ? kill_at_ : std::min(kill_at_, patience_at_);
  if (looks_at_memory_ || looks_at_count_) until = std::min(until, std::max(look_at_, now + 1));
  const bool slow = read_at_ > now;
  if (slow) until = std::min(until, read_at_);
  ::poll(wanted, slow ? 2 : 4, static_cast<int>(std::clamp<std::int64_t>(until - now, 0, 3'600'000)));
}

void Command::read_signals() {
  signalfd_siginfo got{};
  while (::read(signals_.get(), &got, sizeof got) == sizeof got) {
    if (got.ssi_signo == SIGTERM) end(kCancelled);
  }
}

void Command::reap() {
  const auto reaped = reap_children(pid_);
  childless_ = reaped.childless;
  if (!reaped.ending) return;
  ended_ = true;
  ending_ = *reaped.ending;
  // What it leaves behind goes with it; a container's engine may clear up.
  const bool clears_up = !outer_.empty() && !confined_;
  kill_at_ = std::min(kill_at_, monotonic_ms() + (clears_up ? kContainerMs : 0));
}

void Command::feed() {
  while (input_pipe_ && fed_ < input_.size()) {
    const auto count = ::write(input_pipe_.get(), input_.data() + fed_, input_.size() - fed_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) break;  // nobody reads any more
    fed_ += static_cast<std::size_t>(count);
  }
  input_pipe_.close();
}

/// Output without end is read slowly, so that it costs little until the command's time is over.
void Command::read_streams(std::int64_t now) {
  if (now < read_at_) return;
  bool dropped = false;
  for (auto* stream : {&out_, &err_}) {
    if (stream->read(most_)) dropped = dropped || stream->truncated;
  }
  if (dropped) read_at_ = now + kSlowMs;
}

void Command::look(std::int64_t now) {
  if ((!looks_at_memory_ && !looks_at_count_) || now < look_at_ || ended_ || how_ != kEnded) return;
  look_at_ = now + (record_.number(kTalksKey) != 0 ? kSeldomLookMs : kLookMs);
  std::int64_t bytes = 0;
  std::int64_t count = 0;
  for (const auto& process : descendants(::getpid())) {
    bytes += process.resident_bytes;
    count += std::max<std::int64_t>(1, process.threads);  // one that nobody reaps holds its pid
  }
  // The first reason stays, and too many processes are too much memory, too.
  if (looks_at_count_ && count > order_.processes + kOwnProcesses) end(kTooManyProcesses);
  if (looks_at_memory_ && bytes > order_.memory_bytes) end(kOutOfMemory);
}

/// The command's own end, which the sandbox's program does not tell from its own.
void Command::take_report() {
  if (confined_) {
    std::string bytes(kReportBytes, '\0');
    const auto count = ::read(report_.get(), bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    const auto report = Record::parse(bytes);
    if (!bytes.empty()) {
      ending_ = {.code = static_cast<int>(report.number("code", -1)),
                 .signal = static_cast<int>(report.number("signal"))};
      error_ = report.text("error");
      if (!error_.empty() && how_ == kEnded) how_ = kNotStarted;
    } else if (how_ == kEnded && group_.oom_kills() == 0) {
      how_ = kNotStarted;
      const auto line = err_.bytes.substr(0, err_.bytes.find_first_of(std::string_view("\n\0", 2)));
      error_ = "The sandbox could not be made: " + line.substr(0, kErrorBytes);
    } else {
      ending_ = {.code = -1, .signal = SIGKILL};
    }
  }
  if (how_ == kEnded && ending_.code != 0 && group_.oom_kills() > 0) how_ = kOutOfMemory;
}

std::string Command::answer() const {
  Record record;
  record.add("code", ending_.code);
  record.add("signal", ending_.signal);
  record.add("error", error_);
  record.add("at", unix_ms());
  record.add(kHowKey, how_);
  record.add(kMemoryByKey, looks_at_memory_ ? kByLooking : kByGroup);
  record.add(kProcessesByKey, looks_at_count_ ? kByLooking : kByGroup);
  record.add(kTruncatedKey, out_.truncated ? 1 : 0);
  record.add(kErrTruncatedKey, err_.truncated ? 1 : 0);
  record.add(kOutBytesKey, static_cast<std::int64_t>(out_.bytes.size()));
  record.add(kErrBytesKey, static_cast<std::int64_t>(err_.bytes.size()));
  return record.bytes() + '\0' + out_.bytes + err_.bytes;
}

}  // namespace

bool remove_command_groups(std::int64_t supervisor) {
  bool removed = true;
  for (const auto* controller : {"memory", "pids"}) {
    const auto group = Cgroup::make(group_name(supervisor), controller);
    kill_round([&] {
      std::vector<ProcessStat> left;
      for (const auto pid : group.processes()) {
        if (auto stat = process_stat(pid)) left.push_back(*stat);
      }
      return left;
    });
    removed = group.remove() && removed;
  }
  return removed;
}

int command_run_main() {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  become_shim("troupe-command");
  const auto bytes = read_standard_input();
  const auto header = bytes.find(std::string_view("\0\0", 2));
  if (header == std::string::npos) return 1;
  const auto record = Record::parse(std::string_view(bytes).substr(0, header + 1));
  // Troupe ended before it could be a reason for SIGTERM.
  if (::getppid() != static_cast<pid_t>(record.number(kParentKey))) return 1;
  Command command(record, std::string_view(bytes).substr(header + 2));
  command.run();
  return write_all(kReadyDescriptor, command.answer()) ? 0 : 1;
}

}  // namespace troupe::runtime::shim
