// Starts the small program that supervises: the shim of a task, of a command inside a task, of a command of its own.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/shim/folder.h"

namespace troupe::runtime::launch {

/// Where the shim's program is: in memory (a sealed memfd of embedded_shim()), or, where programs may not be run from
/// memory, a command. Thread-safe after make().
class ShimProgram {
 public:
  /// `fallback`: a command that is the shim's program when its arguments are appended, e.g. {"/proc/self/exe"}.
  static ShimProgram make(std::vector<std::string> fallback);

  struct Started {
    std::int64_t pid = 0;
    shim::Descriptor process;  ///< pidfd
    shim::Descriptor ready;    ///< what it says to us; non-blocking
  };
  /// Starts it with these arguments (shim_main.h) in a session of its own, with nothing open but what it needs and an
  /// empty environment; neither waits for it nor copies this process (vfork). Errors: unavailable.
  /// Its standard input is empty, or `input`, which is read from where its description stands.
  /// The calling thread is its parent: what asks for a signal at its parent's death (prctl(2), PR_SET_PDEATHSIG) gets
  /// it when that thread ends.
  /// Its standard output is nothing, or `output`.
  Result<Started> start(const std::vector<std::string>& arguments, int input = -1, int output = -1) const;
  bool in_memory() const { return static_cast<bool>(memory_); }

 private:
  shim::Descriptor memory_;
  std::vector<std::string> fallback_;
};

}  // namespace troupe::runtime::launch
