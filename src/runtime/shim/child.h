// Starts a task's program with its limits, environment and pipes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/shim/cgroup.h"
#include "runtime/shim/folder.h"

namespace troupe::runtime::shim {

/// What to run, as the spec file says.
struct Order {
  std::string run;
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< NAME=value, whole
  std::string working_dir;
  std::int64_t memory_bytes = 0;
  std::int64_t cpu_seconds = 0;
  std::int64_t file_bytes = 0;
  std::int64_t open_files = 0;
  std::int64_t processes = 0;
  int nice = 0;
};

/// Keys of the spec file.
inline constexpr const char* kRunKey = "run";
inline constexpr const char* kArgKey = "arg";
inline constexpr const char* kEnvironmentKey = "env";
inline constexpr const char* kWorkingDirKey = "cwd";

Order order_from(const Record& spec);

struct Child {
  std::int64_t pid = 0;  ///< 0: it could not be started, `error` says why in words
  std::string error;
  Descriptor out;  ///< non-blocking ends of its pipes
  Descriptor err;
};

/// What a child is given besides its order.
struct Surroundings {
  const Cgroup& group;
  bool limit_data = false;  ///< the memory limit is laid on each process (RLIMIT_DATA), because no group keeps it
  const Cgroup* second_group = nullptr;            ///< where processes are counted in a hierarchy of their own
  int input = -1;                                  ///< its standard input; -1: empty
  int output = -1;                                 ///< its standard output; -1: a pipe of its own
  std::vector<std::pair<int, int>> descriptors{};  ///< further ones it has open: ours, and the number there
  /// Root's only: in a mount namespace of its own, where nobody changes the modes of the machine's device nodes.
  bool protect_devices = false;
};

/// Returns after exec, or with the reason why not. The child has a session of its own, dies when the calling thread's
/// process dies, gains no privileges, and has nothing open but its three standard streams and what it is given.
Child start_child(const Order& order, const Surroundings& surroundings);

/// Why a program does not run, as a child tells it through a pipe that closes at exec.
enum class Stage : int { setup, folder, program };
struct Failure {
  Stage stage = Stage::setup;
  int error = 0;
};
std::string in_words(const Order& order, const Failure& failure);

/// Everything execve needs, made ready before a fork.
class Program {
 public:
  explicit Program(const Order& order);
  /// Becomes the program; returns errno when it cannot.
  int become() const;

 private:
  std::vector<std::string> paths_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
};
/// What a child that could not exec has told; nothing when it did, and the pipe closed.
std::optional<Failure> read_failure(const Descriptor& pipe);
/// Readable when a child has ended (SIGCHLD) or somebody asks this process to end (SIGTERM), which are both blocked;
/// reading does not wait. Not open: errno says why.
Descriptor watch_signals();
/// Between fork and exec: signals as a program expects them; the order's limits, laid on this process.
void default_signals();
void limit_myself(const Order& order, bool limit_data);
struct Pipe {
  Descriptor read;
  Descriptor write;
  bool open();
};

}  // namespace troupe::runtime::shim
