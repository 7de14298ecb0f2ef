// Programs that somebody talks to over their standard streams for as long as both live: the capability that modules ask
// the Context for.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"

namespace troupe::runtime::sandbox {

/// A program as somebody wants it. Whoever asks has made sure that it may run on this machine.
struct ProgramOrder {
  std::vector<std::string> argv{};  ///< found in PATH, at most 128, 64 KiB in all
  /// Absolute, there, and its home; where it begins. In the sandbox: in memory.
  std::string folder{};
  /// Beside PATH, HOME and LANG, which it may replace. Nothing of Troupe's own environment is passed on.
  std::map<std::string, std::string> environment{};
  bool sandbox = false;  ///< confined as commands are: no network, a root that it cannot write
  std::int64_t memory_bytes = std::int64_t{2} << 30;  ///< of all its processes together
  std::int64_t processes = 512;
};

/// One that runs. When this goes the program gets the end of its input, and two seconds later it is killed with all
/// that it has started. It is killed when Troupe ends, however that ends.
class Program {
 public:
  virtual ~Program() = default;
  /// A stream socket: its standard input and output. Taken once, and then the caller's to close; non-blocking.
  virtual int take_socket() = 0;
  /// How it ended, with the last line that it complained with; nothing while it runs. Any thread.
  virtual std::optional<std::string> ended() const = 0;
};

/// Callable from any thread; outlives whoever waits.
class Programs {
 public:
  virtual ~Programs() = default;
  /// Comes back when the program is being started: that there is none shows by the end of its output. Errors:
  /// invalid_param (no program, too long), limit_exceeded (kMaxPrograms run), unavailable (no isolation, no process).
  virtual Task<std::unique_ptr<Program>> start(ProgramOrder order) = 0;
};

inline constexpr std::int64_t kMaxPrograms = 64;  ///< at once

}  // namespace troupe::runtime::sandbox
