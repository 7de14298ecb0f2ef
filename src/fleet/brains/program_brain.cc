#include "fleet/brains/program_brain.h"

#include <unistd.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <filesystem>

#include "base/field_errors.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::string_view kProgramSchema =
    R"json({"type":"object","additionalProperties":false,"required":["command"],"properties":{
"command":{"type":"array","title":"Command","minItems":1,"maxItems":128,"items":{"type":"string","maxLength":4096},
"description":"The program and its arguments; no shell. It gets TROUPE_HOMESERVER, TROUPE_USER_ID, TROUPE_BOT_ID, TROUPE_TOKEN_FILE and TROUPE_STATE_DIR."},
"environment":{"type":"object","title":"Environment","maxProperties":100,"additionalProperties":{"type":"string","maxLength":8192},
"description":"Not for secrets."},
"secrets":{"type":"object","title":"Secrets","maxProperties":14,"additionalProperties":{"type":["string","null"],"maxLength":16384},"writeOnly":true,
"description":"Each becomes a file that only the program's user can read; the variable NAME_FILE holds its path."},
"driver":{"type":"string","title":"Task driver","minLength":1,"maxLength":32,"default":"process","description":"What runs it: process (a program on this machine), docker, podman, …"},
"driver_config":{"type":"object","title":"For the task driver","description":"What that driver knows: {\"image\": …} of a container. No secrets."},
"homeserver_url":{"type":"string","title":"Address of this server","maxLength":1024,"description":"What TROUPE_HOMESERVER says, where the program does not reach this machine's own address: in a container, for example."},
"working_dir":{"type":"string","title":"Working directory","maxLength":1024,"description":"Absolute; default: the bot's state folder."},
"stop_grace_s":{"type":"integer","title":"Seconds to end after SIGTERM","minimum":0,"maximum":600,"default":10},
"memory_mb":{"type":"integer","title":"Memory (MB)","minimum":0,"maximum":1048576,"default":0,"description":"0: no limit."},
"cpu_seconds":{"type":"integer","title":"CPU seconds","minimum":0,"maximum":31536000,"default":0},
"file_mb":{"type":"integer","title":"Largest file (MB)","minimum":0,"maximum":1048576,"default":0},
"open_files":{"type":"integer","title":"Open files","minimum":0,"maximum":1048576,"default":0},
"nice":{"type":"integer","title":"Nice","minimum":0,"maximum":19,"default":0}}})json";

constexpr std::size_t kMaxArguments = 128;
constexpr std::size_t kMaxCommandBytes = 16 * 1024;
constexpr std::size_t kMaxVariables = 100;
constexpr std::size_t kMaxSecrets = 14;
constexpr std::size_t kMaxSecretBytes = 16 * 1024;
constexpr std::size_t kMaxDriverName = 32;
constexpr std::size_t kMaxDriverConfig = 8 * 1024;
constexpr std::string_view kOwnDriver = "process";

Error wrong_member(std::string_view member, std::string what) {
  return base::field_error(base::pointer_to(member), std::move(what));
}

bool is_variable(std::string_view name) {
  if (name.empty() || name.size() > 128 || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}
/// What a program must not be told otherwise than by Troupe.
bool is_ours(std::string_view name) { return name.starts_with("TROUPE_"); }

Result<Unit> read_number(const boost::json::object& config, std::string_view key, std::int64_t low, std::int64_t high,
                         std::int64_t& into) {
  if (!config.contains(key)) return Unit{};
  auto number = matrix::find_integer(config, key);
  if (!number || *number < low || *number > high) {
    return wrong_member(key, std::string(key) + " must be a whole number from " + std::to_string(low) + " to " +
                                 std::to_string(high) + ".");
  }
  into = *number;
  return Unit{};
}

Result<Unit> read_command(const boost::json::object& config, ProgramConfig& program) {
  const auto* command = matrix::find_array(config, "command");
  if (command == nullptr || command->empty() || command->size() > kMaxArguments) {
    return wrong_member("command", "command must be a list of 1 to 128 texts: the program and its arguments.");
  }
  std::size_t bytes = 0;
  for (const auto& argument : *command) {
    if (!argument.is_string() || matrix::view(argument.get_string()).find('\0') != std::string_view::npos) {
      return wrong_member("command", "command must be a list of texts.");
    }
    bytes += argument.get_string().size();
    program.command.emplace_back(matrix::view(argument.get_string()));
  }
  if (bytes > kMaxCommandBytes) return wrong_member("command", "command is longer than 16 KiB.");
  if (program.command.front().empty()) return wrong_member("command", "command: the program's name is empty.");
  return Unit{};
}

Result<Unit> read_environment(const boost::json::object& config, ProgramConfig& program) {
  if (!config.contains("environment")) return Unit{};
  const auto* environment = matrix::find_object(config, "environment");
  if (environment == nullptr || environment->size() > kMaxVariables) {
    return wrong_member("environment", "environment must be an object of at most 100 texts.");
  }
  for (const auto& member : *environment) {
    std::string name(member.key());
    if (!is_variable(name) || is_ours(name)) {
      return wrong_member("environment", "environment: '" + name.substr(0, 64) +
                                             "' cannot be set. Names are letters, digits and _, and do "
                                             "not begin with TROUPE_.");
    }
    if (!member.value().is_string() || member.value().get_string().size() > 8'192 ||
        matrix::view(member.value().get_string()).find('\0') != std::string_view::npos) {
      return wrong_member("environment", "environment." + name + " must be a text of at most 8 KiB.");
    }
    program.environment[name] = std::string(matrix::view(member.value().get_string()));
  }
  return Unit{};
}

/// Whether there is such a driver here, and what it makes of its config, is known when the bot starts.
Result<Unit> read_driver(const boost::json::object& config, ProgramConfig& program) {
  if (config.contains("driver")) {
    program.driver = matrix::find_string(config, "driver").value_or("");
    const bool is_name = std::ranges::all_of(
        program.driver, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (program.driver.empty() || program.driver.size() > kMaxDriverName || !is_name ||
        program.driver == "in_process") {
      return wrong_member("driver", "driver must be the name of a task driver that runs programs, such as docker.");
    }
  }
  if (config.contains("driver_config")) {
    const auto* given = matrix::find_object(config, "driver_config");
    if (given == nullptr || boost::json::serialize(*given).size() > kMaxDriverConfig) {
      return wrong_member("driver_config", "driver_config must be an object of at most 8 KiB.");
    }
    program.driver_config = *given;
  }
  if (config.contains("homeserver_url")) {
    program.homeserver_url = matrix::find_string(config, "homeserver_url").value_or("");
    if (auto url = net::http::Url::parse(program.homeserver_url); !url) {
      return wrong_member("homeserver_url", "homeserver_url: " + url.error().message() + ".");
    }
  }
  return Unit{};
}

/// The secrets after a change: what is not named stays, null removes.
Result<boost::json::object> merge_secrets(const boost::json::object& config, boost::json::object secrets) {
  if (!config.contains("secrets")) return secrets;
  const auto* given = matrix::find_object(config, "secrets");
  if (given == nullptr) return wrong_member("secrets", "secrets must be an object of texts.");
  for (const auto& member : *given) {
    std::string name(member.key());
    if (!is_variable(name) || is_ours(name) || name.size() > 60) {
      return wrong_member(
          "secrets", "secrets: '" + name.substr(0, 64) + "' is not a name of letters, digits and _, at most 60 bytes.");
    }
    if (member.value().is_null()) {
      secrets.erase(name);
    } else if (member.value().is_string() && member.value().get_string().size() <= kMaxSecretBytes) {
      secrets[name] = member.value();
    } else {
      return wrong_member("secrets", "secrets." + name + " must be a text of at most 16 KiB.");
    }
  }
  if (secrets.size() > kMaxSecrets) return wrong_member("secrets", "A program can have at most 14 secrets.");
  return secrets;
}

Result<PreparedConfig> prepare_program(boost::json::object config, boost::json::object old_secrets) {
  base::FieldErrors mistakes;
  mistakes.take(refuse_unknown(
      config, {"command", "environment", "secrets", "working_dir", "stop_grace_s", "memory_mb", "cpu_seconds",
               "file_mb", "open_files", "nice", "driver", "driver_config", "homeserver_url"}));
  mistakes.take(common_config(config));
  auto secrets = mistakes.take(merge_secrets(config, std::move(old_secrets)));
  config.erase("secrets");
  mistakes.take(read_program(config));
  TRY(std::move(mistakes).outcome());
  return PreparedConfig{.config = std::move(config), .secrets = *std::move(secrets), .generated_secret = std::nullopt};
}

}  // namespace

Result<ProgramConfig> read_program(const boost::json::object& config) {
  ProgramConfig program;
  base::FieldErrors mistakes;
  mistakes.take(read_command(config, program));
  mistakes.take(read_environment(config, program));
  if (config.contains("working_dir")) {
    program.working_dir = matrix::find_string(config, "working_dir").value_or("");
    if (!program.working_dir.starts_with('/') || program.working_dir.size() > 1'024 ||
        program.working_dir.find('\0') != std::string::npos) {
      mistakes.add("/working_dir", "working_dir must be an absolute path.");
    }
  }
  mistakes.take(read_driver(config, program));
  mistakes.take(read_number(config, "stop_grace_s", 0, 600, program.stop_grace_s));
  mistakes.take(read_number(config, "memory_mb", 0, 1 << 20, program.memory_mb));
  mistakes.take(read_number(config, "cpu_seconds", 0, 31'536'000, program.cpu_seconds));
  mistakes.take(read_number(config, "file_mb", 0, 1 << 20, program.file_mb));
  mistakes.take(read_number(config, "open_files", 0, 1 << 20, program.open_files));
  mistakes.take(read_number(config, "nice", 0, 19, program.nice));
  if (program.memory_mb > 0 && program.memory_mb < 8) {
    mistakes.add("/memory_mb", "memory_mb must be 8 or more, or 0 for no limit.");
  }
  if (program.open_files > 0 && program.open_files < 16) {
    mistakes.add("/open_files", "open_files must be 16 or more, or 0.");
  }
  TRY(std::move(mistakes).outcome());
  return program;
}

BrainTest look_at_program(const ProgramConfig& program) {
  using Verdict = BrainTest::Verdict;
  BrainTest found;
  if (program.driver != kOwnDriver) {
    return std::move(found).is(Verdict::unsure, "Whether the task driver '" + program.driver +
                                                    "' can run it is not known before its first start.");
  }
  const auto& name = program.command.front();
  std::vector<std::filesystem::path> places;
  if (name.find('/') == std::string::npos) {
    for (std::string_view folder : {"/usr/local/bin", "/usr/bin", "/bin"}) {
      places.push_back(std::filesystem::path(folder) / name);
    }
  } else if (name.starts_with('/') || !program.working_dir.empty()) {
    places.push_back(std::filesystem::path(program.working_dir) / name);
  } else {
    found.note(Verdict::unsure, "It is looked for in the bot's own state folder, which is made when it starts.");
    return std::move(found).is(Verdict::unsure, "Where the program will be is not known before its first start.");
  }
  std::error_code ec;
  bool there = false;
  for (const auto& place : places) {
    if (!std::filesystem::is_regular_file(place, ec)) continue;
    there = true;
    if (::access(place.c_str(), X_OK) != 0) continue;
    found.note(Verdict::good, place.string() + " is there and may be run.");
    if (!program.working_dir.empty() && !std::filesystem::is_directory(program.working_dir, ec)) {
      found.note(Verdict::bad, "The folder " + program.working_dir + " is not there.");
      return std::move(found).is(Verdict::bad, "The program's working directory is not there.");
    }
    return std::move(found).is(Verdict::good, "The program can be started.");
  }
  found.note(Verdict::bad, (there ? "May not be run: " : "Not there: ") + name.substr(0, 200));
  return std::move(found).is(
      Verdict::bad, there ? "The program's file may not be run by Troupe's user." : "There is no such program.");
}

BotKind program_form(std::string off) {
  auto test = [off](BrainContext, boost::json::object config, boost::json::object) -> Task<BrainTest> {
    if (!off.empty()) co_return BrainTest().is(BrainTest::Verdict::bad, off);
    CO_TRY(auto program, read_program(config));
    co_return look_at_program(program);
  };
  return {.name = std::string(kProgramKind),
          .title = "Program",
          .description =
              "Runs a program as the bot: on this machine, or in a container. Only administrators can make one, and "
              "only where "
              "programs are allowed (programs.allow).",
          .config_schema = kProgramSchema,
          .prepare = prepare_program,
          .test = test,
          .off = std::move(off),
          .needs = Needs::server_admin,
          .refusal = "Only administrators of the default tenant may make or change bots that are programs.",
          .driver_member = "driver",
          .reads_rooms_itself = true,
          .on_change = OnChange::restart};
}

}  // namespace troupe::fleet::brains
