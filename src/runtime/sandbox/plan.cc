#include "runtime/sandbox/plan.h"

#include "runtime/shim/command_run.h"
#include "runtime/shim/task_exec.h"

namespace troupe::runtime::sandbox {
namespace {

constexpr int kNiceness = 5;

}  // namespace

Result<Answer> read_answer(const std::string& bytes) {
  const auto torn = [] { return Error(Errc::internal, "The command's supervisor broke off."); };
  const auto end = bytes.find(std::string_view("\0\0", 2));
  if (end == std::string::npos) return torn();
  Answer answer{.head = shim::Record::parse(std::string_view(bytes).substr(0, end + 1)), .out = {}, .err = {}};
  const auto out = static_cast<std::size_t>(answer.head.number(shim::kOutBytesKey));
  const auto err = static_cast<std::size_t>(answer.head.number(shim::kErrBytesKey));
  if (bytes.size() - end - 2 != out + err) return torn();
  answer.out = bytes.substr(end + 2, out);
  answer.err = bytes.substr(end + 2 + out);
  return answer;
}

How how_of(const shim::Record& head) {
  const auto word = head.text(shim::kHowKey);
  if (word == shim::kTimedOut) return How::timed_out;
  if (word == shim::kOutOfMemory) return How::out_of_memory;
  if (word == shim::kTooManyProcesses) return How::too_many_processes;
  if (word == shim::kCancelled) return How::cancelled;
  if (word == shim::kNotStarted) return How::not_started;
  return head.number("signal") != 0 ? How::signalled : How::exited;
}

void add_all(shim::Record& record, const char* key, const std::vector<std::string>& values) {
  for (const auto& value : values) record.add(key, value);
}

std::vector<std::string> environment_of(const CommandOrder& order, const std::string& home) {
  std::map<std::string, std::string> variables{{"PATH", kProgramPath}, {"HOME", home}, {"LANG", "C.UTF-8"}};
  for (const auto& [name, value] : order.environment) variables[name] = value;
  std::vector<std::string> lines;
  lines.reserve(variables.size());
  for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
  return lines;
}

void add_limits(shim::Record& record, const CommandLimits& limits) {
  record.add("memory_bytes", limits.memory_bytes);
  record.add("cpu_seconds", limits.cpu_seconds);
  record.add("file_bytes", limits.file_bytes);
  record.add("processes", limits.processes);
  record.add("nice", kNiceness);
  record.add(shim::kPatienceKey, limits.time.count());
  record.add(shim::kOutputKey, limits.output_bytes);
}

}  // namespace troupe::runtime::sandbox
