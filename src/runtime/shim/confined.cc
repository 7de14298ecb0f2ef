#include "runtime/shim/confined.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "runtime/shim/child.h"
#include "runtime/shim/command_run.h"
#include "runtime/shim/processes.h"

namespace troupe::runtime::shim {
namespace {

/// By offset: who made it may be reading it, too.
std::string read_order() {
  std::string bytes;
  char piece[4096];
  while (true) {
    const auto count = ::pread(kOrderDescriptor, piece, sizeof piece, static_cast<off_t>(bytes.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(count));
  }
}

/// The working folder may hold links to anywhere in here: cwd is inside it all the same.
bool enter(const std::string& folder) {
  if (::chdir(folder.c_str()) != 0) return false;
  char* now = ::getcwd(nullptr, 0);
  if (!now) return false;
  const std::string here(now);
  ::free(now);
  const std::string root(kConfinedFolder);
  if (here == root || here.starts_with(root + "/")) return true;
  errno = EXDEV;
  return false;
}

[[noreturn]] void become_command(const Order& order, const Program& program, int failures, bool limit_each) {
  const auto fail = [failures](Stage stage, int error) {
    const Failure failure{.stage = stage, .error = error};
    static_cast<void>(!::write(failures, &failure, sizeof failure));
    ::_exit(127);
  };
  if (!enter(order.working_dir)) fail(Stage::folder, errno);
  default_signals();
  limit_myself(order, limit_each);
  fail(Stage::program, program.become());
  ::_exit(127);
}

int report(const Ending& ending, const std::string& error) {
  Record record;
  record.add("code", ending.code);
  record.add("signal", ending.signal);
  record.add("error", std::string_view(error).substr(0, kErrorBytes));  // it may name a program of any length
  return write_all(kReportDescriptor, record.bytes()) ? 0 : 1;
}

}  // namespace

int confined_main(bool limit_each) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::close_range(kReportDescriptor + 1, ~0U, 0);
  ::close_range(STDERR_FILENO + 1, kOrderDescriptor - 1, 0);
  ::fcntl(kOrderDescriptor, F_SETFD, FD_CLOEXEC);
  ::fcntl(kReportDescriptor, F_SETFD, FD_CLOEXEC);
  auto order = order_from(Record::parse(read_order()));
  if (order.processes > 0) ++order.processes;  // this one
  Pipe failures;
  if (order.argv.empty() || !failures.open()) return report({}, "There is nothing to run.");
  const Program program(order);
  const pid_t pid = ::fork();
  if (pid == 0) become_command(order, program, failures.write.get(), limit_each);
  if (pid < 0) return report({}, "No process could be made.");
  failures.write.close();
  if (const auto failure = read_failure(failures.read)) return report({}, in_words(order, *failure));
  while (true) {
    int status = 0;
    const auto ended = ::waitpid(-1, &status, 0);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) return report({}, "The command was lost.");
    if (ended != pid) continue;
    return report(WIFSIGNALED(status) ? Ending{.code = -1, .signal = WTERMSIG(status)}
                                      : Ending{.code = WEXITSTATUS(status), .signal = 0},
                  {});
  }
}

}  // namespace troupe::runtime::shim
