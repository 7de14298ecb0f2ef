// What a supervisor of a command is told, and how it answers (shim/command_run.h).
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/sandbox/command_types.h"
#include "runtime/shim/folder.h"

namespace troupe::runtime::sandbox {

inline constexpr const char* kProgramPath = "/usr/local/bin:/usr/bin:/bin";

/// A command that may run: what its supervisor is told.
struct Plan {
  shim::Record record;
  std::string filter;
  CommandLimits limits;
};

/// How a supervisor says that its command ended.
struct Answer {
  shim::Record head;
  std::string out;
  std::string err;
};

/// Error: internal (it was killed before it could answer).
Result<Answer> read_answer(const std::string& bytes);
How how_of(const shim::Record& head);

void add_all(shim::Record& record, const char* key, const std::vector<std::string>& values);
void add_limits(shim::Record& record, const CommandLimits& limits);
/// NAME=value, the order's own over those that each has. `home`: its folder.
std::vector<std::string> environment_of(const CommandOrder& order, const std::string& home);

}  // namespace troupe::runtime::sandbox
