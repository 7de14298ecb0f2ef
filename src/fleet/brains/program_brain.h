// The brain kind `program`: no brain of ours at all, but a program on this machine that speaks Matrix by itself, with
// the bot's account.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "fleet/brains/brain.h"

namespace troupe::fleet {

inline constexpr std::string_view kProgramKind = "program";

struct ProgramConfig {
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::string working_dir;  ///< empty: the bot's own state folder
  std::int64_t memory_mb = 0;
  std::int64_t cpu_seconds = 0;
  std::int64_t file_mb = 0;
  std::int64_t open_files = 0;
  std::int64_t nice = 0;
  std::int64_t stop_grace_s = 10;
};

/// Error: invalid_param, naming the member.
Result<ProgramConfig> read_program(const boost::json::object& config);
BrainKind program_brain();

}  // namespace troupe::fleet
