// The kind `program`: no brain of ours at all, but a program on this machine that speaks Matrix by itself, with the
// bot's account.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "fleet/brains/bot_kind.h"

namespace troupe::fleet::brains {

inline constexpr std::string_view kProgramKind = "program";

/// What to say where they are off.
inline constexpr std::string_view kProgramsOff =
    "Bots that are programs are not allowed on this server. Set programs.allow = true in troupe.toml, or "
    "TROUPE_ALLOW_PROGRAMS=true, if its administrators may run programs on it.";

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
/// What people see and set of the kind; life/program_launcher.h makes the whole. `off`: why none can be made on this
/// server; empty: administrators may.
BotKind program_form(std::string off);
/// Whether such a program could be started: its file is there and may be run. Blocks for a look at the disk.
BrainTest look_at_program(const ProgramConfig& program);

}  // namespace troupe::fleet::brains
