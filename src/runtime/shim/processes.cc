#include "runtime/shim/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <unordered_map>

#include "runtime/shim/folder.h"

namespace troupe::runtime::shim {
namespace {

constexpr std::size_t kProcBytes = 4 * 1024 * 1024;

std::string proc_path(std::int64_t pid, std::string_view what) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(what);
}

/// The next number of a text of numbers; the text moves on.
std::optional<std::int64_t> next_number(std::string_view& text) {
  const auto begin = text.find_first_of("-0123456789");
  if (begin == std::string_view::npos) return std::nullopt;
  std::int64_t number = 0;
  const auto* last = text.data() + text.size();
  auto [end, failed] = std::from_chars(text.data() + begin, last, number);
  if (failed != std::errc()) return std::nullopt;
  text = std::string_view(end, static_cast<std::size_t>(last - end));
  return number;
}

std::vector<std::int64_t> all_pids() {
  std::vector<std::int64_t> pids;
  auto* folder = ::opendir("/proc");
  if (!folder) return pids;
  while (const auto* entry = ::readdir(folder)) {
    std::int64_t pid = 0;
    const std::string_view name(entry->d_name);
    auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed == std::errc() && end == name.data() + name.size()) pids.push_back(pid);
  }
  ::closedir(folder);
  return pids;
}

/// The children of all threads; nothing when this kernel does not tell (CONFIG_PROC_CHILDREN).
std::optional<std::vector<std::int64_t>> children_of(std::int64_t pid) {
  auto* folder = ::opendir(proc_path(pid, "task").c_str());
  if (!folder) return std::vector<std::int64_t>();  // gone
  std::vector<std::int64_t> children;
  bool told = true;
  while (const auto* entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    const auto path = proc_path(pid, "task/") + entry->d_name + "/children";
    auto listed = read_file(path, kProcBytes);
    if (!listed && ::access(proc_path(pid, "stat").c_str(), F_OK) == 0 && ::access(path.c_str(), F_OK) != 0) {
      told = false;
    }
    if (!listed) continue;
    std::string_view rest(*listed);
    while (auto child = next_number(rest)) children.push_back(*child);
  }
  ::closedir(folder);
  if (!told) return std::nullopt;
  return children;
}

std::vector<ProcessStat> descendants_by_scan(std::int64_t root) {
  std::unordered_multimap<std::int64_t, ProcessStat> by_parent;
  for (const auto pid : all_pids()) {
    if (auto stat = process_stat(pid)) by_parent.emplace(stat->parent, *stat);
  }
  std::vector<ProcessStat> found;
  std::vector<std::int64_t> open{root};
  while (!open.empty()) {
    const auto [begin, end] = by_parent.equal_range(open.back());
    open.pop_back();
    for (auto child = begin; child != end; ++child) {
      found.push_back(child->second);
      open.push_back(child->second.pid);
    }
  }
  return found;
}

}  // namespace

std::optional<ProcessStat> process_stat(std::int64_t pid) {
  auto text = read_file(proc_path(pid, "stat"), kProcBytes);
  if (!text) return std::nullopt;
  const auto name_end = text->rfind(')');  // the name may hold anything, brackets too
  if (name_end == std::string::npos || name_end + 2 >= text->size()) return std::nullopt;
  ProcessStat stat;
  stat.pid = pid;
  stat.state = (*text)[name_end + 2];
  std::string_view rest = std::string_view(*text).substr(name_end + 3);
  constexpr int kFields = 24;  // of proc(5), counted from 1
  for (int field = 4; field <= kFields; ++field) {
    const auto value = next_number(rest);
    if (!value) return std::nullopt;
    if (field == 4) stat.parent = *value;
    if (field == 6) stat.session = *value;
    if (field == 14 || field == 15) stat.cpu_ticks += *value;
    if (field == 20) stat.threads = *value;
    if (field == 22) stat.start_ticks = *value;
    if (field == 24) stat.resident_bytes = *value * ::sysconf(_SC_PAGESIZE);
  }
  return stat;
}

std::vector<ProcessStat> descendants(std::int64_t pid) {
  std::vector<ProcessStat> found;
  std::vector<std::int64_t> open{pid};
  while (!open.empty()) {
    const auto parent = open.back();
    open.pop_back();
    const auto children = children_of(parent);
    if (!children) return descendants_by_scan(pid);
    for (const auto child : *children) {
      auto stat = process_stat(child);
      if (!stat) continue;
      found.push_back(*stat);
      open.push_back(child);
    }
  }
  return found;
}

std::vector<ProcessStat> find_processes(const std::function<bool(const ProcessStat&)>& wanted) {
  std::vector<ProcessStat> found;
  for (const auto pid : all_pids()) {
    auto stat = process_stat(pid);
    if (stat && wanted(*stat)) found.push_back(*stat);
  }
  return found;
}

bool has_environment(std::int64_t pid, std::string_view entry) {
  const auto text = read_file(proc_path(pid, "environ"), kProcBytes);
  if (!text) return false;
  std::string_view rest(*text);
  while (!rest.empty()) {
    const auto end = rest.find('\0');
    if (rest.substr(0, end) == entry) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
  return false;
}

bool signal_process(const ProcessStat& process, int signal) {
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!handle) return false;
  // The handle is of whoever has the pid now: only after it is held does the start time prove who that is.
  const auto now = process_stat(process.pid);
  if (!now || now->start_ticks != process.start_ticks) return false;
  return ::syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0) == 0;
}

void kill_round(const std::function<std::vector<ProcessStat>()>& everything) {
  constexpr int kFreezePasses = 8;
  std::vector<ProcessStat> frozen;
  for (int pass = 0; pass < kFreezePasses; ++pass) {
    bool found_new = false;
    for (const auto& process : everything()) {
      const auto known = std::ranges::any_of(
          frozen, [&](const auto& seen) { return seen.pid == process.pid && seen.start_ticks == process.start_ticks; });
      if (known || process.state == 'Z') continue;
      found_new = true;
      frozen.push_back(process);
      signal_process(process, SIGSTOP);
    }
    if (!found_new) break;
  }
  for (const auto& process : frozen) signal_process(process, SIGKILL);
}

Reaped reap_children(std::int64_t pid) {
  Reaped reaped;
  while (true) {
    int status = 0;
    const auto ended = ::waitpid(-1, &status, WNOHANG);
    if (ended < 0 && errno == EINTR) continue;
    reaped.childless = ended < 0;  // ECHILD
    if (ended <= 0) return reaped;
    if (ended != pid) continue;
    reaped.ending = WIFSIGNALED(status) ? Ending{.code = -1, .signal = WTERMSIG(status)}
                                        : Ending{.code = WEXITSTATUS(status), .signal = 0};
  }
}

std::string boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id", 64).value_or("");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace troupe::runtime::shim
