#include "runtime/shim/task_exec.h"

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
#include <string>

#include "runtime/shim/child.h"
#include "runtime/shim/kept_stream.h"
#include "runtime/shim/processes.h"
#include "runtime/shim/shim_process.h"

namespace troupe::runtime::shim {
namespace {

constexpr std::int64_t kRoundMs = 10;  ///< between two rounds of SIGKILL
constexpr int kDrainReads = 128;       ///< after the end; a pipe holds less

class Exec {
 public:
  Exec(Order order, std::string cgroup, std::int64_t patience_ms, std::size_t output_bytes)
      : order_(std::move(order)), group_(std::move(cgroup)), patience_ms_(patience_ms), most_(output_bytes) {}

  void run();
  std::string answer() const;

 private:
  void wait_for_something();
  void read_signals();
  void reap();

  Order order_;
  Cgroup group_;
  std::int64_t patience_ms_;
  std::size_t most_;
  Descriptor signals_;
  KeptStream out_;
  KeptStream err_;
  std::int64_t pid_ = 0;
  std::int64_t code_ = -1;
  std::int64_t signal_ = 0;
  std::string error_;
  bool ended_ = false;
  bool childless_ = false;
  bool timed_out_ = false;
  std::int64_t kill_at_ = 0;  ///< monotonic: from then on rounds of SIGKILL
};

void Exec::run() {
  signals_ = watch_signals();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  kill_at_ = monotonic_ms() + patience_ms_;
  auto child = start_child(order_, {.group = group_, .limit_data = order_.memory_bytes > 0 && !group_});
  if (child.pid == 0) {
    error_ = child.error;
    return;
  }
  pid_ = child.pid;
  out_.pipe = std::move(child.out);
  err_.pipe = std::move(child.err);
  while (!ended_ || !childless_) {
    wait_for_something();
    read_signals();
    reap();
    for (auto* stream : {&out_, &err_}) stream->read(most_);
    const auto now = monotonic_ms();
    if (ended_) kill_at_ = std::min(kill_at_, now);  // what it leaves behind goes with it
    if (now < kill_at_ || (ended_ && childless_)) continue;
    timed_out_ = timed_out_ || !ended_;
    kill_round([] { return descendants(::getpid()); });
    kill_at_ = now + kRoundMs;
  }
  for (auto* stream : {&out_, &err_}) {
    for (int reads = 0; reads < kDrainReads && stream->read(most_);) ++reads;
  }
}

void Exec::wait_for_something() {
  pollfd wanted[3] = {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                      {.fd = out_.pipe.get(), .events = POLLIN, .revents = 0},
                      {.fd = err_.pipe.get(), .events = POLLIN, .revents = 0}};
  ::poll(wanted, 3, static_cast<int>(std::clamp<std::int64_t>(kill_at_ - monotonic_ms(), 0, 3'600'000)));
}

void Exec::read_signals() {
  signalfd_siginfo got{};
  while (::read(signals_.get(), &got, sizeof got) == sizeof got) {
    if (got.ssi_signo == SIGTERM) kill_at_ = 0;
  }
}

void Exec::reap() {
  const auto reaped = reap_children(pid_);
  childless_ = reaped.childless;
  if (!reaped.ending) return;
  ended_ = true;
  code_ = reaped.ending->code;
  signal_ = reaped.ending->signal;
}

std::string Exec::answer() const {
  Record record;
  record.add("code", code_);
  record.add("signal", signal_);
  record.add("error", error_);
  record.add("at", unix_ms());
  record.add(kTimedOutKey, timed_out_ ? 1 : 0);
  record.add(kTruncatedKey, out_.truncated || err_.truncated ? 1 : 0);
  record.add(kOutBytesKey, static_cast<std::int64_t>(out_.bytes.size()));
  record.add(kErrBytesKey, static_cast<std::int64_t>(err_.bytes.size()));
  return record.bytes() + '\0' + out_.bytes + err_.bytes;
}

int refuse(const std::string& why) {
  Record record;
  record.add("failed", why);
  static_cast<void>(write_all(kReadyDescriptor, record.bytes() + '\0'));  // nobody may listen any more
  return 1;
}

}  // namespace

int task_exec_main(const char* folder, const char* order_file) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  become_shim("troupe-exec");
  if (::chdir(folder) != 0) return refuse(std::string("The task's folder cannot be used: ") + ::strerror(errno));
  const auto order_bytes = read_file(order_file, kSpecBytes);
  const auto spec_bytes = read_file(kSpecFile, kSpecBytes);
  const auto state_bytes = read_file(kStateFile, kSpecBytes);
  ::unlink(order_file);
  if (!order_bytes || !spec_bytes || !state_bytes) return refuse("What to run, or the task, cannot be read.");
  const auto wanted = Record::parse(*order_bytes);
  const auto state = Record::parse(*state_bytes);
  auto order = order_from(Record::parse(*spec_bytes));
  if (wanted.text(kRunKey) != order.run || state.text("run") != order.run) {
    return refuse("The task has been started anew meanwhile.");
  }
  // Troupe ended before it could be a reason for SIGTERM.
  if (::getppid() != static_cast<pid_t>(wanted.number("parent"))) return 1;
  order.argv = wanted.all(kArgKey);
  Exec exec(std::move(order), std::string(state.text("cgroup")), wanted.number(kPatienceKey),
            static_cast<std::size_t>(wanted.number(kOutputKey)));
  exec.run();
  return write_all(kReadyDescriptor, exec.answer()) ? 0 : 1;
}

}  // namespace troupe::runtime::shim
