// A control group of the task's own, where this user may make one: its memory limit, and who belongs to it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::runtime::shim {

/// A hierarchy of version 1, else version 2. A process cannot leave it, whatever it forks or detaches, as long as
/// it has no rights to. Not copied: one owner makes and removes it.
class Cgroup {
 public:
  /// Below this process's own group. Empty when there is no right to (the usual case without root).
  static Cgroup make(const std::string& name, const std::string& controller = "memory");
  /// One that was made before; empty path: none.
  explicit Cgroup(std::string path = {}) : path_(std::move(path)) {}

  explicit operator bool() const { return !path_.empty(); }
  const std::string& path() const { return path_; }
  /// Whether the kernel keeps the whole group under this many bytes.
  bool limit_memory(std::int64_t bytes) const;
  /// Whether the kernel refuses more processes and threads than this in the whole group.
  bool limit_processes(std::int64_t most) const;
  /// The calling process, which has one thread, and its later children join. Callable between fork and exec.
  bool join() const;
  std::vector<std::int64_t> processes() const;
  std::int64_t oom_kills() const;
  std::int64_t memory_bytes() const;  ///< 0: not known
  /// Only an empty group can be removed; false otherwise.
  bool remove() const;

 private:
  std::string path_;
};

}  // namespace troupe::runtime::shim
