#include "runtime/task_types.h"

#include <algorithm>
#include <cstring>

namespace troupe::runtime {
namespace {

constexpr std::size_t kMaxId = 100;
constexpr std::size_t kMaxItems = 128;  ///< of lists, and bytes of a variable's name
constexpr std::size_t kMaxSecrets = 16;
constexpr std::size_t kMaxSecretName = 64;
constexpr std::size_t kMaxBytes = 64 * 1024;
constexpr int kNicest = 19;

Error wrong(std::string_view field, std::string_view what) {
  return Error(Errc::invalid_param, std::string(field) + " " + std::string(what));
}

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_variable(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || name.size() > kMaxItems || !is_letter(name.front())) return false;
  return std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool within(std::int64_t value, std::int64_t least, std::int64_t most) { return value >= least && value <= most; }

Result<Unit> check_environment(const TaskSpec& spec) {
  if (spec.environment.size() > kMaxItems) return wrong("environment", "may have at most 128 variables");
  std::size_t bytes = 0;
  for (const auto& [name, value] : spec.environment) {
    if (!is_variable(name)) return wrong("environment", "has a name that is not a variable: letters, digits and _");
    if (name.starts_with("TROUPE_TASK")) return wrong("environment", "may not set TROUPE_TASK…: that is the driver's");
    if (has_nul(value)) return wrong("environment." + name, "may not hold a zero byte");
    bytes += name.size() + value.size() + 2;
  }
  if (bytes > kMaxBytes) return wrong("environment", "may be at most 64 KiB");
  return Unit{};
}

Result<Unit> check_secrets(const TaskSpec& spec) {
  if (spec.secrets.size() > kMaxSecrets) return wrong("secrets", "may be at most 16");
  for (const auto& secret : spec.secrets) {
    const bool good_name =
        !secret.name.empty() && secret.name.size() <= kMaxSecretName &&
        std::ranges::all_of(secret.name, [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; });
    if (!good_name) return wrong("secrets", "have names of a-z, 0-9, _ and -, at most 64 long");
    if (!secret.variable.empty() && !is_variable(secret.variable)) {
      return wrong("secrets." + secret.name, "names something that is not a variable");
    }
    if (secret.bytes.size() > kMaxBytes) return wrong("secrets." + secret.name, "may be at most 64 KiB");
  }
  return Unit{};
}

Result<Unit> check_argv(const std::vector<std::string>& argv) {
  if (argv.size() > kMaxItems) return wrong("argv", "may have at most 128 parts");
  std::size_t bytes = 0;
  for (const auto& part : argv) {
    if (has_nul(part)) return wrong("argv", "may not hold a zero byte");
    bytes += part.size() + 1;
  }
  if (bytes > kMaxBytes) return wrong("argv", "may be at most 64 KiB");
  return Unit{};
}

Result<Unit> check_limits(const ResourceLimits& limits) {
  constexpr std::int64_t kMost = std::int64_t{1} << 50;
  constexpr std::int64_t kLeastMemory = 8 * 1024 * 1024;
  const auto good = [&](std::int64_t value, std::int64_t least) { return value == 0 || within(value, least, kMost); };
  if (!good(limits.memory_bytes, kLeastMemory)) return wrong("limits.memory_bytes", "must be 0 or at least 8 MiB");
  if (!good(limits.cpu_seconds, 1)) return wrong("limits.cpu_seconds", "must be 0 or at least 1");
  if (!good(limits.file_bytes, 1)) return wrong("limits.file_bytes", "must be 0 or at least 1");
  if (!good(limits.open_files, 16)) return wrong("limits.open_files", "must be 0 or at least 16");
  if (!good(limits.processes, 1)) return wrong("limits.processes", "must be 0 or at least 1");
  if (!within(limits.nice, 0, kNicest)) return wrong("limits.nice", "must be from 0 to 19");
  return Unit{};
}

Result<Unit> check_output(const OutputLimits& output) {
  constexpr std::int64_t kKiB = 1024;
  if (!within(output.file_bytes, 4 * kKiB, 64 * kKiB * kKiB)) {
    return wrong("output.file_bytes", "must be from 4 KiB to 64 MiB");
  }
  if (!within(output.files, 1, 64)) return wrong("output.files", "must be from 1 to 64");
  if (!within(output.line_bytes, 64, 64 * kKiB)) return wrong("output.line_bytes", "must be from 64 bytes to 64 KiB");
  if (!within(output.bytes_per_s, kKiB, kKiB * kKiB * kKiB)) {
    return wrong("output.bytes_per_s", "must be from 1 KiB to 1 GiB");
  }
  return Unit{};
}

}  // namespace

bool is_task_id(std::string_view id) {
  if (id.empty() || id.size() > kMaxId || !is_lower_or_digit(id.front())) return false;
  if (id.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(id, [](char c) { return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

Result<Unit> check_spec(const TaskSpec& spec) {
  if (!is_task_id(spec.id))
    return wrong("id", "must be 1 to 100 of a-z, 0-9, '.', '_', '-', and begin with a letter or digit");
  TRY(check_environment(spec));
  TRY(check_secrets(spec));
  TRY(check_argv(spec.argv));
  TRY(check_limits(spec.limits));
  return check_output(spec.output);
}

Result<Unit> check_order(const ExecOrder& order) {
  constexpr std::chrono::minutes kLongest{10};
  constexpr std::int64_t kMostOutput = 1024 * 1024;
  if (order.argv.empty() || order.argv.front().empty()) return wrong("argv", "must name a program");
  if (order.patience.count() < 1 || order.patience > kLongest) {
    return wrong("patience", "must be from one millisecond to ten minutes");
  }
  if (!within(order.output_bytes, 0, kMostOutput)) return wrong("output_bytes", "must be from 0 to 1 MiB");
  return check_argv(order.argv);
}

Result<Unit> check_signal(int signal) {
  constexpr int kLastSignal = 64;
  if (!within(signal, 1, kLastSignal)) return wrong("signal", "must be from 1 to 64");
  return Unit{};
}

boost::json::object TaskHandle::to_json() const {
  return {{"version", version}, {"driver", driver}, {"task_id", task_id}, {"run", run}, {"state", state}};
}

Result<TaskHandle> TaskHandle::from_json(const boost::json::value& stored) {
  const auto* object = stored.if_object();
  const auto* version = object ? object->if_contains("version") : nullptr;
  if (!version || !version->is_int64()) return wrong("handle", "is not a task handle");
  if (version->get_int64() != kVersion) {
    return Error(Errc::unsupported, "The task handle is of another version of this program.");
  }
  TaskHandle handle;
  const auto text = [&](std::string_view key, std::string& out) {
    const auto* value = object->if_contains(key);
    if (!value || !value->is_string() || value->get_string().empty()) return false;
    out.assign(value->get_string().data(), value->get_string().size());
    return true;
  };
  const auto* state = object->if_contains("state");
  if (!text("driver", handle.driver) || !text("task_id", handle.task_id) || !text("run", handle.run) ||
      !is_task_id(handle.task_id) || !state || !state->is_object()) {
    return wrong("handle", "is not a task handle");
  }
  handle.state = state->get_object();
  return handle;
}

std::string ExitResult::text() const {
  if (!error.empty()) return error;
  if (oom_killed) return "killed: over its memory limit";
  if (signal != 0) {
    const char* name = ::sigabbrev_np(static_cast<int>(signal));
    return "killed by signal " + std::to_string(signal) + (name ? std::string(" (SIG") + name + ")" : "");
  }
  return "exited with code " + std::to_string(code);
}

boost::json::object ExitResult::to_json() const {
  return {{"code", code}, {"signal", signal}, {"oom_killed", oom_killed}, {"error", error}, {"at", at}};
}

std::string_view name_of(TaskState state) {
  switch (state) {
    case TaskState::running:
      return "running";
    case TaskState::exited:
      return "exited";
    case TaskState::lost:
      break;
  }
  return "lost";
}

std::string_view name_of(LogSource source) {
  switch (source) {
    case LogSource::out:
      return "out";
    case LogSource::err:
      return "err";
    case LogSource::system:
      break;
  }
  return "system";
}

std::string_view name_of(Sandbox sandbox) {
  switch (sandbox) {
    case Sandbox::none:
      return "none";
    case Sandbox::process:
      return "process";
    case Sandbox::container:
      return "container";
    case Sandbox::machine:
      break;
  }
  return "machine";
}

std::string_view name_of(Fingerprint::Health health) {
  switch (health) {
    case Fingerprint::Health::healthy:
      return "healthy";
    case Fingerprint::Health::unhealthy:
      return "unhealthy";
    case Fingerprint::Health::missing:
      break;
  }
  return "missing";
}

std::string_view name_of(TaskEventKind kind) {
  switch (kind) {
    case TaskEventKind::started:
      return "started";
    case TaskEventKind::exited:
      return "exited";
    case TaskEventKind::lost:
      return "lost";
    case TaskEventKind::destroyed:
      break;
  }
  return "destroyed";
}

}  // namespace troupe::runtime
