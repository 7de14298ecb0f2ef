#include "runtime/shim/task_shim.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "runtime/shim/child.h"
#include "runtime/shim/log_writer.h"
#include "runtime/shim/processes.h"
#include "runtime/shim/shim_process.h"

namespace troupe::runtime::shim {
namespace {

constexpr std::int64_t kDefaultGraceMs = 10'000;  ///< for a SIGTERM that does not come from Troupe
constexpr std::int64_t kLeftoverGraceMs = 2'000;  ///< for what a task leaves running when it ends
constexpr std::int64_t kFirstRoundMs = 10;        ///< between two rounds of SIGKILL; doubled up to kLastRoundMs
constexpr std::int64_t kLastRoundMs = 1'000;
constexpr std::int64_t kSlowReadMs = 10;  ///< a pause for each read of a task that writes over its budget
constexpr std::int64_t kWatchMs = 1'000;  ///< of the memory, where no group does it
constexpr std::size_t kReadBytes = 32 * 1024;
constexpr int kEndReads = 128;  ///< after the end; a pipe holds less

/// One of the task's two streams.
struct Stream {
  Stream(char given, std::int64_t line_bytes) : source(given), lines(static_cast<std::size_t>(line_bytes)) {}
  char source;
  Descriptor pipe;
  LineSplitter lines;
};

LogBounds bounds_from(const Record& spec) {
  LogBounds bounds;
  bounds.file_bytes = spec.number("log_file_bytes", bounds.file_bytes);
  bounds.files = spec.number("log_files", bounds.files);
  bounds.line_bytes = spec.number("log_line_bytes", bounds.line_bytes);
  bounds.bytes_per_s = spec.number("log_bytes_per_s", bounds.bytes_per_s);
  return bounds;
}

void remove_secrets() {
  auto* folder = ::opendir(kSecretsDir);
  if (!folder) return;
  while (const auto* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') ::unlinkat(::dirfd(folder), entry->d_name, 0);
  }
  ::closedir(folder);
  ::rmdir(kSecretsDir);
}

/// Takes room for the exit record, so that a disk which fills up later loses no exit. Not synced: that would cost each
/// start a wait for the disk.
bool reserve_exit() {
  const Descriptor file(::open(kExitReserve, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  return file && write_all(file.get(), std::string(kExitBytes, '\0'));
}

bool write_exit(const Record& record) {
  auto bytes = record.bytes();
  if (bytes.size() > kExitBytes) return false;
  bytes.resize(kExitBytes, '\0');
  Descriptor file(::open(kExitReserve, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || !write_all(file.get(), bytes) || ::fsync(file.get()) != 0) return false;
  file.close();
  if (::rename(kExitReserve, kExitFile) != 0) return false;
  const Descriptor folder(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder && ::fsync(folder.get()) == 0;
}

class Shim {
 public:
  explicit Shim(const Record& spec)
      : order_(order_from(spec)),
        writer_(kLogDir, kDroppedFile, bounds_from(spec)),
        streams_{Stream(kFromOut, bounds_from(spec).line_bytes), Stream(kFromErr, bounds_from(spec).line_bytes)} {}

  /// The line for the driver.
  std::string start();
  void run();

 private:
  struct Ended {
    std::int64_t code = 0;
    std::int64_t signal = 0;
    std::string error;
  };

  void wait_for_something();
  int poll_timeout(std::int64_t now) const;
  void read_signals();
  void asked_to_stop();
  void reap();
  /// SIGTERM to everything, once.
  void terminate();
  std::vector<ProcessStat> everything() const;
  void watch_memory(std::int64_t now);
  bool read_from(Stream& stream);
  void read_streams(std::int64_t now);
  void finish();
  void record_exit();
  void say(const std::string& text) { writer_.line(kFromSystem, text, unix_ms(), monotonic_ms()); }

  Order order_;
  LogWriter writer_;
  Stream streams_[2];
  Cgroup group_;
  bool watches_memory_ = false;
  Descriptor signals_;
  std::int64_t pid_ = 0;
  std::optional<Ended> ended_;
  bool childless_ = false;
  bool terminated_ = false;
  bool left_something_ = false;  ///< the program has ended, others of its processes have not
  bool oom_ = false;
  std::optional<std::int64_t> kill_at_;  ///< monotonic: from then on rounds of SIGKILL
  std::int64_t round_ms_ = kFirstRoundMs;
  std::int64_t read_at_ = 0;
  std::int64_t watch_at_ = 0;
};

std::string Shim::start() {
  signals_ = watch_signals();
  if (!signals_) return std::string("failed No signals can be received: ") + ::strerror(errno);
  if (!reserve_exit()) return std::string("failed The task's folder cannot be written: ") + ::strerror(errno);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  group_ = Cgroup::make("troupe-task-" + order_.run);
  const bool limited = order_.memory_bytes > 0 && group_.limit_memory(order_.memory_bytes);
  watches_memory_ = order_.memory_bytes > 0 && !limited;
  const auto started_at = unix_ms();
  auto child = start_child(order_, {.group = group_, .limit_data = watches_memory_});
  if (child.pid == 0) {
    ended_ = Ended{.code = -1, .signal = 0, .error = child.error};
    finish();
    return "ended";
  }
  pid_ = child.pid;
  streams_[0].pipe = std::move(child.out);
  streams_[1].pipe = std::move(child.err);
  Record state;
  state.add("run", order_.run);
  state.add("boot", boot_id());
  state.add("pid", pid_);
  const auto stat = process_stat(pid_);
  state.add("pid_start", stat ? stat->start_ticks : 0);
  state.add("started_at", started_at);
  state.add("cgroup", group_.path());
  // Without it the driver still finds this process by its lock, and everything by its marker: go on.
  if (!replace_file(kStateFile, state.bytes())) say("The state of the task could not be written.");
  return "running " + std::to_string(pid_);
}

void Shim::run() {
  while (!ended_ || !childless_) {
    wait_for_something();
    const auto now = monotonic_ms();
    read_signals();
    reap();
    read_streams(now);
    watch_memory(now);
    if (ended_ && !childless_ && !left_something_) {
      left_something_ = true;
      kill_at_ = std::min(kill_at_.value_or(now + kLeftoverGraceMs), now + kLeftoverGraceMs);
      if (!terminated_) terminate();
    }
    if (kill_at_ && now >= *kill_at_ && !(ended_ && childless_)) {
      kill_round([this] { return everything(); });
      kill_at_ = now + round_ms_;
      round_ms_ = std::min(round_ms_ * 2, kLastRoundMs);
    }
    writer_.flush();
  }
  if (pid_ != 0) finish();
}

int Shim::poll_timeout(std::int64_t now) const {
  std::int64_t at = now + 3'600'000;
  if (kill_at_) at = std::min(at, *kill_at_);
  if (read_at_ > now) at = std::min(at, read_at_);
  if (watches_memory_) at = std::min(at, watch_at_);
  return static_cast<int>(std::max<std::int64_t>(0, at - now));
}

void Shim::wait_for_something() {
  const auto now = monotonic_ms();
  pollfd wanted[3] = {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                      {.fd = streams_[0].pipe.get(), .events = POLLIN, .revents = 0},
                      {.fd = streams_[1].pipe.get(), .events = POLLIN, .revents = 0}};
  const bool slow = read_at_ > now;
  ::poll(wanted, slow ? 1 : 3, poll_timeout(now));  // a closed stream is -1: poll passes over it
}

void Shim::read_signals() {
  signalfd_siginfo got{};
  while (::read(signals_.get(), &got, sizeof got) == sizeof got) {
    if (got.ssi_signo == SIGTERM) asked_to_stop();
  }
}

void Shim::asked_to_stop() {
  auto grace = kDefaultGraceMs;
  if (const auto bytes = read_file(kStopFile, kExitBytes)) {
    const auto stop = Record::parse(*bytes);
    if (stop.text("run") == order_.run) grace = stop.number("grace_ms", grace);
  }
  const auto at = monotonic_ms() + std::max<std::int64_t>(0, grace);
  kill_at_ = std::min(kill_at_.value_or(at), at);
  if (!terminated_ && grace > 0) terminate();
}

void Shim::reap() {
  const auto reaped = reap_children(pid_);
  childless_ = reaped.childless;
  if (reaped.ending) ended_ = Ended{.code = reaped.ending->code, .signal = reaped.ending->signal, .error = {}};
}

std::vector<ProcessStat> Shim::everything() const {
  auto found = descendants(::getpid());
  for (const auto pid : group_.processes()) {
    if (std::ranges::any_of(found, [&](const auto& known) { return known.pid == pid; })) continue;
    if (auto stat = process_stat(pid)) found.push_back(*stat);
  }
  return found;
}

void Shim::terminate() {
  terminated_ = true;
  for (const auto& process : everything()) {
    if (process.state == 'Z') continue;
    signal_process(process, SIGTERM);
    signal_process(process, SIGCONT);  // one that is stopped would never hear it
  }
}

void Shim::watch_memory(std::int64_t now) {
  if (!watches_memory_ || now < watch_at_) return;
  watch_at_ = now + kWatchMs;
  std::int64_t bytes = 0;
  for (const auto& process : everything()) bytes += process.resident_bytes;
  if (bytes <= order_.memory_bytes || oom_) return;
  oom_ = true;
  kill_at_ = now;
}

/// False when there is nothing (more) to read now.
bool Shim::read_from(Stream& stream) {
  if (!stream.pipe) return false;
  char piece[kReadBytes];
  const auto count = ::read(stream.pipe.get(), piece, sizeof piece);
  if (count < 0) return errno == EINTR;
  const auto sink = [&](std::string_view line) { writer_.line(stream.source, line, unix_ms(), monotonic_ms()); };
  if (count == 0) {
    stream.lines.finish(sink);
    stream.pipe.close();
    return false;
  }
  stream.lines.feed(std::string_view(piece, static_cast<std::size_t>(count)), sink);
  return true;
}

void Shim::read_streams(std::int64_t now) {
  if (now < read_at_) return;
  for (auto& stream : streams_) read_from(stream);
  if (writer_.over_budget()) read_at_ = now + kSlowReadMs;
}

void Shim::finish() {
  for (auto& stream : streams_) {
    for (int reads = 0; reads < kEndReads && read_from(stream);) ++reads;
    stream.lines.finish([&](std::string_view line) { writer_.line(stream.source, line, unix_ms(), monotonic_ms()); });
    stream.pipe.close();
  }
  oom_ = oom_ || (ended_->signal == SIGKILL && group_.oom_kills() > 0);
  if (!ended_->error.empty()) say(ended_->error);
  writer_.finish(unix_ms());
  remove_secrets();
  group_.remove();
  record_exit();
}

void Shim::record_exit() {
  Record record;
  record.add("run", order_.run);
  record.add("code", ended_->code);
  record.add("signal", ended_->signal);
  record.add("oom", oom_ ? 1 : 0);
  record.add("at", unix_ms());
  record.add("error", std::string_view(ended_->error).substr(0, kErrorBytes));
  if (!write_exit(record)) say(std::string("How the task ended could not be written: ") + ::strerror(errno));
  writer_.flush();
}

/// The lock is the sign of life, and what keeps a second shim out of the folder. It ends with this process.
bool lock_folder() {
  const int file = ::open(kLockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return file >= 0 && ::fcntl(file, F_SETLK, &lock) == 0;
}

void tell(const std::string& line) {
  static_cast<void>(write_all(kReadyDescriptor, line + "\n"));  // nobody may listen any more
  ::close(kReadyDescriptor);
}

int say_failed(const std::string& why) {
  tell("failed " + why);
  return 1;
}

}  // namespace

int task_shim_main(const char* folder) {
  become_shim("troupe-shim");
  if (::chdir(folder) != 0) return say_failed(std::string("The task's folder cannot be used: ") + ::strerror(errno));
  if (!lock_folder()) return say_failed("Another shim runs this task.");
  const auto bytes = read_file(kSpecFile, kSpecBytes);
  if (!bytes) return say_failed(std::string("What to run cannot be read: ") + ::strerror(errno));
  Shim shim(Record::parse(*bytes));
  const auto outcome = shim.start();
  tell(outcome);
  if (outcome.starts_with("failed")) return 1;
  shim.run();
  return 0;
}

}  // namespace troupe::runtime::shim
