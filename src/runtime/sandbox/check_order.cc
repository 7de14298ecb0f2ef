#include "runtime/sandbox/check_order.h"

#include <algorithm>
#include <filesystem>
#include <ranges>

namespace troupe::runtime::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostArguments = 128;
constexpr std::size_t kMostArgumentBytes = 64 * 1024;
constexpr std::size_t kMostVariables = 64;
constexpr std::size_t kMostPathBytes = 4096;
constexpr std::size_t kMostInputBytes = 1024 * 1024;
constexpr std::int64_t kMostTimeMs = 300'000;
constexpr std::int64_t kLeastMemoryBytes = 16LL * 1024 * 1024;
constexpr std::int64_t kMostFileBytes = 1024LL * 1024 * 1024;
constexpr std::int64_t kFileBytes = 64LL * 1024 * 1024;
constexpr std::int64_t kKib = 1024;

Error wrong(std::string what) { return Error(Errc::invalid_param, std::move(what)); }

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool is_variable(std::string_view name) {
  const auto word = [](char c) { return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  if (name.empty() || name.size() > 100 || !word(name.front())) return false;
  return std::ranges::all_of(name, [&](char c) { return word(c) || (c >= '0' && c <= '9'); });
}

/// Which code a program loads is not the order's to say.
bool changes_code(std::string_view name) {
  constexpr std::string_view kNames[] = {"PATH", "ENV", "BASH_ENV", "IFS", "SHELLOPTS", "BASHOPTS", "PS4", "HOME"};
  constexpr std::string_view kBeginnings[] = {"LD_",  "GCONV_", "GLIBC_", "MALLOC_", "PYTHON",
                                              "PERL", "NODE_",  "RUBY",   "GIT_",    "BASH_FUNC_"};
  return std::ranges::find(kNames, name) != std::end(kNames) ||
         std::ranges::any_of(kBeginnings, [&](std::string_view beginning) { return name.starts_with(beginning); });
}

Result<Unit> check_words(const CommandOrder& order) {
  if (order.argv.empty() == order.text.empty()) return wrong("argv or text must say what to run, and not both");
  if (order.text.size() > kMostArgumentBytes || has_nul(order.text)) {
    return wrong("text must be at most 64 KiB, without zero bytes");
  }
  if (order.argv.size() > kMostArguments) return wrong("argv must have at most 128 members");
  std::size_t bytes = 0;
  for (const auto& argument : order.argv) {
    bytes += argument.size() + 1;
    if (has_nul(argument)) return wrong("argv must not hold zero bytes");
  }
  if (bytes > kMostArgumentBytes) return wrong("argv must have at most 64 KiB in all");
  if (!order.argv.empty() && order.argv.front().empty()) return wrong("argv must name a program");
  return Unit{};
}

Result<Unit> check_environment(const CommandOrder& order) {
  if (order.environment.size() > kMostVariables) return wrong("environment must have at most 64 variables");
  std::size_t bytes = 0;
  for (const auto& [name, value] : order.environment) {
    if (!is_variable(name)) return wrong("environment must have names of letters, digits and _");
    if (has_nul(value)) return wrong("environment must not hold zero bytes");
    bytes += name.size() + value.size() + 2;
  }
  if (bytes > kMostArgumentBytes) return wrong("environment must have at most 64 KiB in all");
  return Unit{};
}

Result<Unit> check_places(const CommandOrder& order) {
  const fs::path cwd(order.cwd);
  if (has_nul(order.cwd) || order.cwd.size() > kMostPathBytes || cwd.is_absolute() ||
      std::ranges::any_of(cwd, [](const fs::path& part) { return part == ".."; })) {
    return wrong("cwd must be a path inside the working folder");
  }
  if (order.folder.empty() && !order.cwd.empty()) return wrong("cwd needs a folder");
  // A comma or a colon would begin another option where a container's engine reads it.
  if (has_nul(order.folder) || order.folder.size() > kMostPathBytes ||
      order.folder.find_first_of(",:\n\"") != std::string::npos) {
    return wrong("folder must be an absolute path without commas, colons, quotes and line ends");
  }
  if (order.cwd.find_first_of(",:\n\"") != std::string::npos) {
    return wrong("cwd must be a path without commas, colons, quotes and line ends");
  }
  return Unit{};
}

/// The wanted limit within the allowed one.
Result<std::int64_t> within(std::int64_t wanted, std::int64_t least, std::int64_t most, std::string_view name) {
  if (wanted == 0) return most;
  if (wanted >= least && wanted <= most) return wanted;
  return wrong("limits/" + std::string(name) + " must be from " + std::to_string(least) + " to " +
               std::to_string(most));
}

}  // namespace

Result<Unit> check_order(const CommandOrder& order) {
  TRY(check_words(order));
  TRY(check_environment(order));
  TRY(check_places(order));
  if (order.input.size() > kMostInputBytes) return wrong("input must be at most 1 MiB");
  return Unit{};
}

Result<Unit> check_for_host(const CommandOrder& order) {
  for (const auto& [name, value] : order.environment) {
    if (changes_code(name)) return wrong("environment must not set " + name + " on the host");
  }
  if (order.folder.empty()) return wrong("folder must be given on the host");
  return Unit{};
}

Result<CommandLimits> limits_of(const CommandLimits& wanted, const CommandSettings& settings) {
  CommandLimits limits;
  const auto asked = wanted.time.count() == 0 ? settings.time_ms : wanted.time.count();
  TRY(const auto time, within(asked, 1, kMostTimeMs, "time"));
  limits.time = std::chrono::milliseconds(time);
  const auto as_long = (time + 999) / 1000;
  TRY(limits.cpu_seconds,
      within(wanted.cpu_seconds == 0 ? as_long : wanted.cpu_seconds, 1, kMostTimeMs / 1000, "cpu_seconds"));
  TRY(limits.memory_bytes,
      within(wanted.memory_bytes, kLeastMemoryBytes, settings.memory_mib * kKib * kKib, "memory_bytes"));
  TRY(limits.processes, within(wanted.processes, 1, settings.processes, "processes"));
  TRY(limits.output_bytes, within(wanted.output_bytes, 1, settings.output_kib * kKib, "output_bytes"));
  TRY(limits.file_bytes,
      within(wanted.file_bytes == 0 ? kFileBytes : wanted.file_bytes, 1, kMostFileBytes, "file_bytes"));
  return limits;
}

Result<Mode> mode_of(const CommandOrder& order, const CommandSettings& settings) {
  if (order.mode.empty()) return settings.mode;
  if (order.mode == name_of(Mode::sandbox)) return Mode::sandbox;
  if (order.mode != name_of(Mode::host)) return wrong("mode must be SANDBOX or HOST");
  if (settings.mode == Mode::host) return Mode::host;
  return Error(Errc::forbidden, "Commands run in the sandbox only. Set COMMAND_MODE=HOST to allow others.");
}

Result<std::string> folder_of(const std::string& folder, const std::string& data_dir) {
  if (folder.empty()) return std::string();
  std::error_code failed;
  const auto real = fs::canonical(folder, failed);
  if (failed || !folder.starts_with('/') || !fs::is_directory(real, failed)) {
    return wrong("folder must be an absolute path of a folder");
  }
  const auto data = fs::weakly_canonical(fs::absolute(data_dir), failed);
  const auto [left, ignored] = std::ranges::mismatch(real, data);
  if (left == real.end()) return wrong("folder must not hold Troupe's data folder");
  for (const auto* system : {"/proc", "/sys", "/dev", "/etc", "/boot", "/root", "/run", "/var"}) {
    if (real == system) return wrong("folder must not be one of the system's");
  }
  for (const auto* system : {"/proc/", "/sys/", "/dev/"}) {
    if (real.string().starts_with(system) && !real.string().starts_with("/dev/shm/")) {
      return wrong("folder must not be one of the system's");
    }
  }
  auto text = real.string();
  if (text.find_first_of(",:\n\"") != std::string::npos) {
    return wrong("folder must be an absolute path without commas, colons, quotes and line ends");
  }
  return text;
}

}  // namespace troupe::runtime::sandbox
