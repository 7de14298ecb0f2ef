#include "homeserver/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace troupe::homeserver::metrics {
namespace {

// Numbers of the fields of /proc/…/stat, as proc(5) counts them.
constexpr std::size_t kUserTicks = 14, kSystemTicks = 15, kStartTicks = 22, kVirtualBytes = 23, kResidentPages = 24;

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A line of /proc/…/stat. The name stands in brackets and may hold anything.
struct Stat {
  explicit Stat(const std::string& text) {
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) return;
    name = text.substr(open + 1, close - open - 1);
    std::istringstream rest(text.substr(close + 1));
    fields.assign(std::istream_iterator<std::string>(rest), {});
  }
  double field(std::size_t number) const {
    constexpr std::size_t kFirst = 3;
    return number - kFirst < fields.size() ? std::strtod(fields[number - kFirst].c_str(), nullptr) : 0;
  }
  CpuSeconds cpu() const {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    return {.user = field(kUserTicks) / ticks, .system = field(kSystemTicks) / ticks};
  }
  std::string name;
  std::vector<std::string> fields;  ///< from the third on
};

double boot_time() {
  const auto text = read_text("/proc/stat");
  constexpr std::string_view kWord = "\nbtime ";
  const auto found = text.find(kWord);
  return found == std::string::npos ? 0 : std::strtod(text.c_str() + found + kWord.size(), nullptr);
}

std::int64_t count_open_files() {
  std::error_code failed;
  std::int64_t count = -1;  // the one that is open for looking
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end; at.increment(failed))
    ++count;
  return std::max<std::int64_t>(count, 0);
}

}  // namespace

ProcessNumbers read_process() {
  const Stat stat(read_text("/proc/self/stat"));
  ProcessNumbers numbers{.cpu = stat.cpu(),
                         .resident_bytes = stat.field(kResidentPages) * static_cast<double>(::sysconf(_SC_PAGESIZE)),
                         .virtual_bytes = stat.field(kVirtualBytes),
                         .open_files = count_open_files()};
  numbers.started_s = boot_time() + stat.field(kStartTicks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  struct rlimit most{};
  if (::getrlimit(RLIMIT_NOFILE, &most) == 0) numbers.most_open_files = static_cast<std::int64_t>(most.rlim_cur);
  return numbers;
}

std::map<std::string, CpuSeconds> read_threads() {
  std::map<std::string, CpuSeconds> threads;
  std::error_code failed;
  for (std::filesystem::directory_iterator at("/proc/self/task", failed), end; !failed && at != end;
       at.increment(failed)) {
    const Stat stat(read_text(at->path() / "stat"));
    if (stat.fields.empty()) continue;  // it has ended meanwhile
    const auto cpu = stat.cpu();
    auto& sum = threads[stat.name];
    sum.user += cpu.user;
    sum.system += cpu.system;
  }
  return threads;
}

}  // namespace troupe::homeserver::metrics
