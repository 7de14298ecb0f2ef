#include "runtime/docker/exit.h"

#include <csignal>

namespace troupe::runtime::docker {

ExitResult exit_of(const engine::Container& container, const EndFacts& facts) {
  constexpr std::int64_t kSignalled = 128;
  constexpr std::int64_t kLastSignal = 64;
  ExitResult exit{.code = container.exit_code, .at = container.finished_at};
  if (exit.at == 0) exit.at = base::system_clock().unix_ms();
  if (exit.code > kSignalled && exit.code <= kSignalled + kLastSignal) {
    exit.signal = exit.code - kSignalled;
    exit.code = -1;
  }
  if (exit.signal == SIGKILL && !facts.killed_by_us) {
    exit.oom_killed = container.oom_killed || facts.oom_seen || (facts.podman && container.memory_limit > 0);
  }
  return exit;
}

bool is_about_program(std::string_view words) {
  for (const std::string_view sign : {"executable file not found", "no such file or directory", "permission denied",
                                      "exec format error", "not a directory", "is a directory"}) {
    if (words.contains(sign)) return true;
  }
  return false;
}

}  // namespace troupe::runtime::docker
