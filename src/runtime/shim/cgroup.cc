#include "runtime/shim/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "runtime/shim/folder.h"

namespace troupe::runtime::shim {
namespace {

constexpr std::size_t kGroupBytes = 1024 * 1024;
constexpr const char* kMount = "/sys/fs/cgroup";

bool write_to(const std::string& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && write_all(file.get(), text);
}

/// The group this process is in: of a controller of version 1, or of version 2 (cgroups(7), /proc/pid/cgroup).
std::string own_group(const std::string& version1) {
  const auto text = read_file("/proc/self/cgroup", kGroupBytes).value_or("");
  std::string_view rest(text);
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second != std::string_view::npos) {
      const auto controllers = line.substr(first + 1, second - first - 1);
      const bool wanted = version1.empty() ? line.starts_with("0::") : controllers == version1;
      if (wanted) return std::string(line.substr(second + 1));
    }
    if (line.size() == rest.size()) break;
    rest.remove_prefix(line.size() + 1);
  }
  return {};
}

/// The number behind a word of a file, or the file's only number when the word is empty; 0 when it is not there.
std::int64_t number_in(const std::string& path, std::string_view word) {
  const auto text = read_file(path, kGroupBytes).value_or("");
  std::size_t at = 0;
  if (!word.empty()) {
    at = text.find(std::string(word) + " ");
    if (at == std::string::npos) return 0;
    at += word.size() + 1;
  }
  std::int64_t number = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), number);
  return number;
}

}  // namespace

Cgroup Cgroup::make(const std::string& name, const std::string& controller) {
  const std::string root(kMount);
  for (const auto& mount : {root + "/" + controller, root + "/unified", root}) {
    const auto group = own_group(mount.ends_with(controller) ? controller : std::string());
    if (group.empty()) continue;
    // In a container the mount may begin at our own group.
    for (const auto& parent : {mount + group, mount}) {
      if (::access((parent + "/cgroup.procs").c_str(), W_OK) != 0) continue;
      const auto path = parent + (parent.ends_with('/') ? "" : "/") + name;
      ::rmdir(path.c_str());  // what an earlier one of this name has counted is not ours
      if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) continue;
      if (::access((path + "/cgroup.procs").c_str(), W_OK) == 0) return Cgroup(path);
      ::rmdir(path.c_str());
    }
  }
  return Cgroup();
}

bool Cgroup::limit_memory(std::int64_t bytes) const {
  if (path_.empty()) return false;
  const auto text = std::to_string(bytes);
  if (write_to(path_ + "/memory.limit_in_bytes", text)) {
    write_to(path_ + "/memory.memsw.limit_in_bytes", text);  // swap as well, where it is counted
    return true;
  }
  if (!write_to(path_ + "/memory.max", text)) return false;
  write_to(path_ + "/memory.swap.max", "0");
  return true;
}

bool Cgroup::limit_processes(std::int64_t most) const {
  return !path_.empty() && write_to(path_ + "/pids.max", std::to_string(most));
}

bool Cgroup::join() const {
  // A thread that moves itself alone (`tasks`, version 1) needs no lock over all processes, which takes 10 ms and more.
  return path_.empty() || write_to(path_ + "/tasks", "0") || write_to(path_ + "/cgroup.procs", "0");
}

std::vector<std::int64_t> Cgroup::processes() const {
  std::vector<std::int64_t> pids;
  if (path_.empty()) return pids;
  const auto text = read_file(path_ + "/cgroup.procs", kGroupBytes).value_or("");
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    std::int64_t pid = 0;
    auto [next, failed] = std::from_chars(at, end, pid);
    if (failed == std::errc() && pid > 0) pids.push_back(pid);
    at = next + 1;
  }
  return pids;
}

std::int64_t Cgroup::oom_kills() const {
  if (path_.empty()) return 0;
  const auto version1 = number_in(path_ + "/memory.oom_control", "oom_kill");
  return version1 ? version1 : number_in(path_ + "/memory.events", "oom_kill");
}

std::int64_t Cgroup::memory_bytes() const {
  if (path_.empty()) return 0;
  const auto version1 = number_in(path_ + "/memory.usage_in_bytes", "");
  return version1 ? version1 : number_in(path_ + "/memory.current", "");
}

bool Cgroup::remove() const { return path_.empty() || ::rmdir(path_.c_str()) == 0 || errno == ENOENT; }

}  // namespace troupe::runtime::shim
