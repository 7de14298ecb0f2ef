#include "runtime/process_commands.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

#include "base/crypto.h"
#include "runtime/shim/child.h"
#include "runtime/shim/task_exec.h"

namespace troupe::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kNoThrowHere = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds kBetweenLooks{20};
constexpr std::size_t kOrderLength = 20;
constexpr std::size_t kAnswerBytes = 16 * 1024;  ///< beside its output

/// What a command inside a task has said at its end (shim/task_exec.h).
Result<ExecResult> parse_answer(const std::string& answer) {
  const auto broken = [](std::string_view why) {
    return Error(Errc::unavailable, "The command inside the task broke off.", std::string(why));
  };
  const auto header = answer.find(std::string_view("\0\0", 2));
  if (header == std::string::npos) return broken("no answer");
  const auto record = shim::Record::parse(std::string_view(answer).substr(0, header + 1));
  if (const auto failed = record.text("failed"); !failed.empty()) return broken(failed);
  const auto out = static_cast<std::size_t>(record.number(shim::kOutBytesKey));
  const auto err = static_cast<std::size_t>(record.number(shim::kErrBytesKey));
  const auto output = std::string_view(answer).substr(header + 2);
  if (output.size() != out + err) return broken("a torn answer");
  return ExecResult{.exit = {.code = record.number("code", -1),
                             .signal = record.number("signal"),
                             .error = std::string(record.text("error")),
                             .at = record.number("at")},
                    .timed_out = record.number(shim::kTimedOutKey) != 0,
                    .out = std::string(output.substr(0, out)),
                    .err = std::string(output.substr(out)),
                    .truncated = record.number(shim::kTruncatedKey) != 0};
}

}  // namespace

Task<ExecResult> ProcessCommands::run(std::shared_ptr<ProcessTask> task, ExecOrder order) {
  shim::Record record;
  record.add(shim::kRunKey, task->status.handle.run);
  record.add("parent", static_cast<std::int64_t>(::getpid()));
  for (const auto& part : order.argv) record.add(shim::kArgKey, part);
  record.add(shim::kPatienceKey, order.patience.count());
  record.add(shim::kOutputKey, order.output_bytes);
  const auto file = "exec." + base::random_alphanumeric(kOrderLength);
  if (!shim::replace_file(task->folder + "/" + file, record.bytes())) {
    co_return Error(Errc::unavailable, "The command cannot be run at the moment.", std::strerror(errno));
  }
  auto started = program_.start({shim::kExecCommand, task->folder, file});
  if (!started) {
    ::unlink((task->folder + "/" + file).c_str());
    co_return std::unexpected(std::move(started).error());
  }
  const auto most = kAnswerBytes + 2 * static_cast<std::size_t>(order.output_bytes);
  CO_TRY(const auto answer, co_await answer_of(task, *std::move(started), order.patience, most));
  co_return parse_answer(answer);
}

Task<std::string> ProcessCommands::answer_of(std::shared_ptr<ProcessTask> task, launch::ShimProgram::Started started,
                                             milliseconds patience, std::size_t most) {
  auto process = std::make_shared<asio::posix::stream_descriptor>(home_, started.process.release());
  auto pipe = std::make_shared<asio::posix::stream_descriptor>(home_, started.ready.release());
  task->commands.insert(process.get());
  asio::steady_timer timer(home_, patience + kKillPatience);
  timer.async_wait([process](boost::system::error_code cut) {
    if (!cut) ::syscall(SYS_pidfd_send_signal, process->native_handle(), SIGKILL, nullptr, 0);
  });
  std::string answer;
  co_await asio::async_read(*pipe, asio::dynamic_buffer(answer, most), kNoThrowHere);
  pipe->close();
  co_await process->async_wait(asio::posix::descriptor_base::wait_read, kNoThrowHere);
  timer.cancel();
  ::waitpid(static_cast<pid_t>(started.pid), nullptr, WNOHANG);
  task->commands.erase(process.get());
  co_return answer;
}

asio::awaitable<void> ProcessCommands::end_all(std::shared_ptr<ProcessTask> task) {
  for (auto* command : task->commands) {
    ::syscall(SYS_pidfd_send_signal, command->native_handle(), SIGTERM, nullptr, 0);
  }
  const auto until = steady_clock::now() + kKillPatience;
  while (!task->commands.empty() && steady_clock::now() < until) {
    asio::steady_timer timer(home_, kBetweenLooks);
    co_await timer.async_wait(kNoThrowHere);
  }
}

}  // namespace troupe::runtime
