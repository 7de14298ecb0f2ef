// The command line: what CLI11 is told, and what the commands share. One file for each group of commands.
#pragma once
#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <expected>
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
constexpr int kWaits = 3;  ///< the assistant needs somebody's word to go on

struct Options {
  std::string data;
  std::string config_file;
  std::map<std::string, std::string> flags;  ///< configuration keys given as flags
  Output output;                             ///< --json, --quiet
};

/// The configuration; its mistakes are printed, and nothing comes back when it cannot be used.
std::optional<LoadedConfig> load(const Options& options, const std::vector<host::Module>& every_module);

/// Reads a secret (one line) from standard input, so that it never shows in a process list.
std::string read_secret(const std::string& prompt);

/// A password to be: asked for twice at a terminal, where nobody sees what was typed. Empty: there is none, and why is
/// printed.
std::string read_new_password(const std::string& prompt);

/// A file whole, or standard input for "-"; nothing when it cannot be read or has more bytes, with the reason printed.
std::optional<std::string> read_input(const std::string& name, std::size_t most_bytes);

/// Everything a command needs, kept alive while CLI11 parses into it.
struct Arguments {
  std::string by = "bot", day;
  std::string name, password, display_name, role = "member", search;
  std::string user_id, text, room, alias, topic, sender = "admin", device, file, policy;
  std::string kind, state, sort, action, actor, columns;
  std::string conversation, task, service;
  std::vector<std::string> invite, scopes;
  std::string out;  ///< a file to write
  bool generate = false, is_public = false, yes = false, all = false, dry_run = false, follow = false, fresh = false,
       markdown = false, debug = false, record = false, force = false;
  int limit = 100, hours = 24, days = 0, recording_days = 0, max_restarts = -1, window_s = -1;
  long long number = 0, recording = 0;
  struct Brain {
    std::string kind, url, model, program, config;
    std::vector<std::string> arguments, settings;
    bool key_from_stdin = false;
    bool any() const {
      return !(kind + url + model + program + config).empty() || !arguments.empty() || !settings.empty() ||
             key_from_stdin;
    }
  } brain;
};

class CommandLine {
 public:
  explicit CommandLine(std::vector<host::Module> every_module);
  /// Yields the exit code.
  int run(int argc, char** argv);

 private:
  CLI::App* add(CLI::App* parent, const std::string& name, const std::string& help, std::function<int()> action);
  CLI::App* group(const std::string& name, const std::string& help);
  /// The flags that the modules' keys have.
  void add_key_flags(CLI::App* command);
  /// Asks the platform API and prints the answer.
  int call(const std::string& method, const std::string& target, const boost::json::object& body = {},
           Show show = Show::object);
  int call(const std::string& method, const std::string& target, const boost::json::object& body, const Print& print);
  /// The body of a good answer; otherwise the exit code, with the reason printed.
  std::expected<std::string, int> ask(const std::string& method, const std::string& target,
                                      const boost::json::object& body);
  /// The account named by the command's argument: "/api/v1/users/anna" + rest.
  std::string user_path(std::string_view rest = {}) const;
  std::string bot_path(std::string_view rest = {}) const;
  std::string room_path(std::string_view rest) const;

  void add_server_commands();
  void add_room_commands();  // cli_rooms.cc
  int create_room(const boost::json::object& body);
  void add_user_commands();  // cli_users.cc
  void add_user_changes(CLI::App* user);
  int import_users();
  int import_passwords();
  void add_tenant_commands();
  void add_bot_commands();  // cli_bots.cc
  void add_bot_changes(CLI::App* bot);
  void add_bot_watching(CLI::App* bot);
  void add_brain_options(CLI::App* command);
  int make_bot();
  int move_bot(const std::string& verb);
  int set_bot();
  int list_bots();
  int follow_logs();
  void add_key_commands();
  void add_audit_command();  // cli_audit.cc
  int verify_audit();
  int export_audit();
  void add_route_command();  // cli_route.cc
  int route_file();
  void add_pack_commands();     // cli_packs.cc
  void add_meeting_commands();  // cli_meetings.cc
  int join_meeting();
  int print_transcript();
  int watch_meeting();  // cli_watch.cc
  int delete_meeting();
  void add_recording_commands(CLI::App* meeting);  // cli_recordings.cc
  int list_recordings();
  int save_recording();
  void add_assistant_commands();  // cli_assistant.cc
  int ask_assistant();
  int show_task();
  int undo_task();
  int save_task_file();
  int decide_approval(bool yes);
  std::string pack_path(std::string_view rest = {}) const;
  int test_pack();
  int set_pack_key();
  int sign_in_to_pack();

  std::vector<host::Module> modules_;
  CLI::App app_;
  Options options_;
  Arguments args_;
  std::function<int()> action_;
};

/// What is wrong with the words that were typed, with the nearest that are right; empty: nothing that is known here.
/// cli_words.cc
std::string explain_words(const CLI::App& app, const std::vector<std::string>& words);

/// Says on standard error that whoever waits for a bot waits for a server first. cli_watch.cc
void say_unserved();

/// Refuses a value that is none of `words`, and names the nearest of them. cli_words.cc
CLI::Validator one_of(std::vector<std::string> words);

/// The script that completes commands and options in a shell: bash, zsh or fish. cli_words.cc
std::string completion_script(const CLI::App& app, std::string_view shell);

/// The `config` of a brain from what was given: the file first, then single settings, by the kind's own schema, which
/// comes from the program. An error is printed, and nothing comes back. cli_brain.cc
std::optional<boost::json::object> brain_config(Asker& asker, const Arguments::Brain& given,
                                                boost::json::object present, bool json);

}  // namespace troupe::app
