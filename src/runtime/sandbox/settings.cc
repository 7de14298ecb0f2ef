#include "runtime/sandbox/settings.h"

namespace troupe::runtime::sandbox {
namespace {

std::optional<std::string> wrong_backend(const std::string& text) {
  for (const auto* known : {"auto", "bubblewrap", "podman", "docker"}) {
    if (text == known) return std::nullopt;
  }
  return "must be auto, bubblewrap, podman or docker";
}

/// It stands in the engine's arguments, where a dash would make it an option.
std::optional<std::string> wrong_image(const std::string& text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@-";
  if (text.starts_with('-') || text.find_first_not_of(kAllowed) != std::string::npos)
    return "must be a container image";
  return std::nullopt;
}

}  // namespace

std::vector<host::Setting> command_settings() {
  return {
      {.key = "commands.allow",
       .environment = {"TROUPE_COMMANDS_ALLOW", "ALLOW_SHELL"},
       .value = host::flag(&CommandSettings::allow),
       .help = "on: commands may be run, in the sandbox unless commands.mode says otherwise"},
      {.key = "commands.mode",
       .environment = {"TROUPE_COMMANDS_MODE", "COMMAND_MODE"},
       .value = host::choice<CommandSettings, Mode>(&CommandSettings::mode,
                                                    {{"SANDBOX", Mode::sandbox}, {"HOST", Mode::host}}),
       .help =
           "SANDBOX: without network and files of this machine, or not at all; HOST: as Troupe's user, the programs of "
           "commands.host_allow"},
      {.key = "commands.host_allow",
       .environment = {"TROUPE_COMMANDS_HOST_ALLOW", "SHELL_ALLOW"},
       .value = host::list(&CommandSettings::host_allow),
       .help = "programs that may run in the mode HOST: plain names or absolute paths, exactly as they are called"},
      {.key = "commands.backend",
       .value = host::text(&CommandSettings::backend, "auto, bubblewrap, podman or docker", &wrong_backend),
       .help = "what makes the sandbox; auto: bubblewrap, else podman or docker where commands.image is set"},
      {.key = "commands.image",
       .value = host::text(&CommandSettings::image, "a container image", &wrong_image),
       .help = "the image of podman's or docker's sandbox; it must be on this machine already"},
      {.key = "commands.time_ms",
       .value = host::number(&CommandSettings::time_ms, {.least = 1, .most = 300'000, .unit = "milliseconds"}),
       .help = "how long a command may take unless it is asked for otherwise"},
      {.key = "commands.memory_mib",
       .value = host::number(&CommandSettings::memory_mib, {.least = 16, .most = 65'536, .unit = "MiB"}),
       .help = "memory of all processes of a command together"},
      {.key = "commands.processes",
       .value = host::number(&CommandSettings::processes, {.least = 1, .most = 4'096, .unit = "processes"}),
       .help = "processes and threads of a command at once"},
      {.key = "commands.output_kib",
       .value = host::number(&CommandSettings::output_kib, {.least = 1, .most = 1'024, .unit = "KiB"}),
       .help = "what is kept of each of a command's two streams"},
      {.key = "commands.at_once",
       .value = host::number(&CommandSettings::at_once, {.least = 1, .most = 64, .unit = "commands"}),
       .help = "commands that run at once; more are refused"},
  };
}

void review_commands(const host::Settings& settings, host::Review& review) {
  const auto& commands = settings.of<CommandSettings>();
  if (!commands.allow || commands.mode != Mode::host) return;
  if (commands.host_allow.empty()) {
    review.problems.push_back({.fatal = false,
                               .where = "commands.host_allow",
                               .message = "the mode HOST runs only the programs that are listed here: none"});
    return;
  }
  review.at_start.emplace_back(
      "Commands run on this machine without a sandbox (commands.mode = HOST), as Troupe's own user.");
}

}  // namespace troupe::runtime::sandbox
