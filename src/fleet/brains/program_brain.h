// The kind `program`: no brain of ours at all, but a program that speaks Matrix by itself, with the bot's account: on
// this machine, or wherever the task driver that it names runs it.
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
  std::string driver = "process";     ///< the name of the task driver that runs it
  boost::json::object driver_config;  ///< what that driver knows, such as a container's image
  std::string homeserver_url;         ///< where it reaches this server; empty: as from this machine
  std::string working_dir;            ///< empty: the bot's own state folder
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
