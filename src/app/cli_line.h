// The command line: what CLI11 is told, and what the commands share. One file for each group of commands.
#pragma once
#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/config.h"

namespace troupe::app {

// Exit codes.
constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kWrongUse = 2;

struct Options {
  std::string data;
  std::string config_file;
  std::map<std::string, std::string> flags;  ///< configuration keys given as flags
  bool json = false;
};

/// The configuration; its mistakes are printed, and nothing comes back when it cannot be used.
std::optional<LoadedConfig> load(const Options& options);

/// Reads a secret from standard input, so that it never shows in a process list.
std::string read_secret(const std::string& prompt);

/// Everything a command needs, kept alive while CLI11 parses into it.
struct Arguments {
  std::string name, password, display_name, role = "member", search;
  std::string brain = "echo", url, user_id, text, room, sender = "admin", device, file, config, policy;
  std::string kind, state, sort, action, actor;
  std::vector<std::string> invite, scopes;
  bool generate = false, is_public = false, yes = false, all = false, dry_run = false, follow = false;
  int limit = 100, hours = 24, days = 0, max_restarts = -1, window_s = -1;
  long long number = 0;
};

class CommandLine {
 public:
  CommandLine();
  /// Yields the exit code.
  int run(int argc, char** argv);

 private:
  CLI::App* add(CLI::App* parent, const std::string& name, const std::string& help, std::function<int()> action);
  CLI::App* group(const std::string& name, const std::string& help);
  void flag_key(CLI::App* command, const std::string& flag, const std::string& key, const std::string& help);
  /// Asks the platform API and prints the answer.
  int call(const std::string& method, const std::string& target, boost::json::object body = {},
           Show show = Show::object);
  /// The account named by the command's argument: "/api/v1/users/anna" + rest.
  std::string user_path(std::string_view rest = {}) const;
  std::string bot_path(std::string_view rest = {}) const;

  void add_server_commands();
  void add_room_commands();
  void add_user_commands();  // cli_users.cc
  void add_user_changes(CLI::App* user);
  int import_users();
  void add_tenant_commands();
  void add_bot_commands();  // cli_bots.cc
  void add_bot_changes(CLI::App* bot);
  int set_bot();
  int follow_logs();
  void add_key_commands();
  void add_audit_command();

  CLI::App app_;
  Options options_;
  Arguments args_;
  std::function<int()> action_;
};

}  // namespace troupe::app
