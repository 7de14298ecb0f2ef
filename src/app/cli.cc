#include "app/cli.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <system_error>

#include "app/cli_line.h"
#include "app/config_listing.h"
#include "app/config_page.h"
#include "app/doctor.h"
#include "app/modules.h"
#include "app/own_module.h"
#include "app/program.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "homeserver/media/thumbnail_worker.h"
#include "host/endpoint.h"

namespace troupe::app {
namespace {

int fail(const Error& error) {
  fmt::print(stderr, "troupe: {}\n", error.message());
  if (!error.detail().empty()) fmt::print(stderr, "        {}\n", base::redact(error.detail()));
  return kFailed;
}

void print_admin_password(const Program& program) {
  if (!program.new_admin_password()) return;
  fmt::print("The account \"admin\" was made. Its password, shown only now:\n\n    {}\n\n",
             *program.new_admin_password());
}

using Modules = std::vector<host::Module>;

int serve(const Options& options, const Modules& modules) {
  auto config = load(options, modules);
  if (!config) return kWrongUse;
  for (const auto& sentence : config->exposures) fmt::print(stderr, "troupe: refusing to start: {}\n", sentence);
  if (!config->exposures.empty()) return kFailed;
  const auto& log = config->settings.of<base::LogOptions>();
  base::configure_log(log);
  // Whoever sits at a terminal is told in words what these lines say of the start.
  const bool in_words = base::log_is_on_terminal() && log.format != base::LogFormat::json;
  if (in_words && log.level == base::LogLevel::info) base::set_log_level(base::LogLevel::warning);
  for (const auto& line : config->at_start) fmt::print(stderr, "troupe: {}\n", line);
  auto program = Program::open(config->settings, Mode::serve, modules);
  if (!program) return fail(program.error());
  auto listening = (*program)->listen();
  if (!listening) {
    print_admin_password(**program);  // it is shown only at the start that made it
    return fail(listening.error());
  }
  (*program)->catch_signals();  // whoever reads on may end it at once
  const auto* scheme = config->settings.tls_certificate.empty() ? "http" : "https";
  fmt::print("Troupe {} is running.\n  Dashboard  {}://{}\n  Matrix     {}://{}\n", TROUPE_VERSION, scheme,
             config->settings.listen_platform, scheme, config->settings.listen_matrix);
  const auto matrix = host::parse_endpoint(config->settings.listen_matrix);
  if (!config->settings.public_base_url.empty()) {
    fmt::print("  Clients    {}\n", config->settings.public_base_url);
  } else if (matrix && host::is_loopback(matrix->host)) {
    fmt::print("Only this machine reaches them; docs/guide/own-domain.md says how phones and others can.\n");
  }
  fmt::print("\n");
  print_admin_password(**program);
  std::fflush(stdout);
  base::set_log_level(log.level);
  (*program)->run_until_signal();
  return kDone;
}

int init(const Options& options, const Modules& modules) {
  auto config = load(options, modules);
  if (!config) return kWrongUse;
  base::configure_log(config->settings.of<base::LogOptions>());
  auto program = Program::open(config->settings, Mode::found, modules);
  if (!program) return fail(program.error());
  const auto& settings = (*program)->settings();
  if (options.output.json) {
    boost::json::object out{{"data", settings.data_dir.string()}, {"server_name", settings.server_name}};
    if ((*program)->new_admin_password()) {
      out["admin_user"] = "@admin:" + settings.server_name;
      out["admin_password"] = *(*program)->new_admin_password();
    }
    fmt::print("{}\n", boost::json::serialize(out));
    return kDone;
  }
  fmt::print("The data folder {} is ready for the server name {}.\n", settings.data_dir.string(), settings.server_name);
  print_admin_password(**program);
  fmt::print("Next: troupe serve --data {}\n", settings.data_dir.string());
  return kDone;
}

std::string text_of(const ConfigProblem& problem) { return problem.where + ": " + problem.message; }

/// What is wrong with a file that is not there is a problem like others.
LoadedConfig read_config(const Options& options, const Modules& modules) {
  std::optional<std::filesystem::path> file;
  if (!options.config_file.empty()) {
    file = options.config_file;
  } else if (std::filesystem::exists("troupe.toml")) {
    file = "troupe.toml";
  }
  if (file && !std::filesystem::exists(*file)) {
    LoadedConfig none;
    none.problems.push_back({.where = file->string(), .message = "this configuration file does not exist"});
    return none;
  }
  auto flags = options.flags;
  if (!options.data.empty()) flags["data"] = options.data;
  auto config = load_config(modules, file, process_environment(), flags);
  config.settings.version = TROUPE_VERSION;
  return config;
}

int config_check(const Options& options, const Modules& modules) {
  const auto config = read_config(options, modules);
  const bool fine = config.usable() && config.exposures.empty();
  if (options.output.json) {
    boost::json::array list;
    for (const auto& problem : config.problems) list.emplace_back(text_of(problem));
    for (const auto& sentence : config.exposures) list.emplace_back(sentence);
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"ok", fine}, {"problems", list}}));
    return fine ? kDone : kFailed;
  }
  for (const auto& problem : config.problems) fmt::print(stderr, "troupe: {}\n", text_of(problem));
  for (const auto& sentence : config.exposures) fmt::print("{}\n", sentence);
  if (fine) fmt::print("The configuration is fine.\n");
  return fine ? kDone : kFailed;
}

int config_keys_listing(const Options& options, const Modules& modules, bool as_markdown) {
  if (as_markdown) {
    fmt::print("{}", configuration_page(keys_of(modules)));
    return kDone;
  }
  boost::json::array list;
  for (const auto& key : keys_of(modules)) {
    if (options.output.json) {
      boost::json::array names(key.environment.begin(), key.environment.end());
      list.push_back(boost::json::object{{"key", key.key}, {"environment", names}, {"help", key.help}});
    } else {
      fmt::print("{:28} {:34} {}\n", key.key, key.environment.front(), key.help);
    }
  }
  if (options.output.json) fmt::print("{}\n", boost::json::serialize(list));
  return kDone;
}

/// The document is the same for every data folder and configuration: a folder of the moment will do, and a server that
/// is there is not disturbed.
int print_openapi(const Options& options, const Modules& modules) {
  auto config = load(options, modules);
  if (!config) return kWrongUse;
  host::Settings settings;
  settings.version = config->settings.version;
  settings.data_dir = std::filesystem::temp_directory_path() / ("troupe-" + base::random_alphanumeric(12));
  settings.edit<FirstStart>().admin_password = base::random_alphanumeric(20);
  auto document = good_body(
      Asker(settings, modules, Mode::found).ask({.method = "GET", .target = "/api/openapi.json", .body = {}}), true);
  std::error_code ignored;
  std::filesystem::remove_all(settings.data_dir, ignored);
  if (!document) return kFailed;
  fmt::print("{}\n", *document);
  return kDone;
}

constexpr std::string_view kWhereCommandsWork =
    "Commands work on ./data, or on the folder after --data; they talk to the server that runs there.";
constexpr std::string_view kAskInQuotes = "put what you want into quotes: troupe ask \"list slack channels\"";

/// "troupe user show", as far as what was typed could be followed.
std::string typed_command(const CLI::App& app) {
  auto path = app.get_name();
  for (const auto* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  return path;
}

/// A sentence without quotes is several words, some of which may be commands.
bool asked_without_quotes(const CLI::App& app, bool too_many_words) {
  return app.got_subcommand("ask") && (too_many_words || app.get_subcommands().size() > 1);
}

}  // namespace

std::optional<LoadedConfig> load(const Options& options, const std::vector<host::Module>& every_module) {
  auto config = read_config(options, every_module);
  for (const auto& problem : config.problems) fmt::print(stderr, "troupe: {}\n", text_of(problem));
  if (!config.usable()) return std::nullopt;
  config.settings.listing = list_settings(config);
  return config;
}

std::string read_secret(const std::string& prompt) {
  termios before{};
  const bool terminal = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    fmt::print(stderr, "{}: ", prompt);
    std::fflush(stderr);
    auto silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string line;
  std::getline(std::cin, line);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fmt::print(stderr, "\n");
  }
  return line;
}

std::string read_new_password(const std::string& prompt) {
  auto password = read_secret(prompt);
  if (password.empty()) {
    fmt::print(stderr, "troupe: a password is needed: type one, or use --generate\n");
  } else if (::isatty(STDIN_FILENO) == 1 && read_secret("The same again") != password) {
    fmt::print(stderr, "troupe: these were two different ones; nothing was changed\n");
    return {};
  }
  return password;
}

std::optional<std::string> read_input(const std::string& name, std::size_t most_bytes) {
  std::string text;
  if (name == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream file(name, std::ios::binary);
    if (!file || std::filesystem::is_directory(name)) {
      fmt::print(stderr, "troupe: {} cannot be read\n", name);
      return std::nullopt;
    }
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  if (text.size() > most_bytes) {
    fmt::print(stderr, "troupe: {} has more than {} KiB\n", name == "-" ? "standard input" : name, most_bytes / 1024);
    return std::nullopt;
  }
  return text;
}

CommandLine::CommandLine(std::vector<host::Module> every_module)
    : modules_(std::move(every_module)),
      app_("Troupe: a self-hosted bot platform for Matrix in one program.", "troupe") {
  app_.require_subcommand(1);
  app_.set_help_all_flag("--help-all", "Help for all commands");
  app_.set_version_flag("--version", "troupe " TROUPE_VERSION, "Print the version");
  app_.add_option("--data", options_.data, "Folder that everything is written to (default ./data)");
  app_.add_option("--config", options_.config_file, "Configuration file (default ./troupe.toml when it exists)");
  app_.add_flag("--json", options_.output.json, "Print JSON");
  app_.add_flag("-q,--quiet", options_.output.quiet, "Print only the id of what was made and secrets shown once");
  app_.fallthrough();
  app_.footer(
      "Examples:\n"
      "  troupe serve\n"
      "  troupe user add anna --generate\n"
      "  troupe bot add parrot --brain echo && troupe bot start parrot\n"
      "  troupe room create Garden --alias garden --as anna --invite @bot_parrot:localhost\n" +
      std::string(kWhereCommandsWork));
  add_server_commands();
  add_user_commands();
  add_tenant_commands();
  add_bot_commands();
  add_key_commands();
  add_audit_command();
  add_room_commands();
  add_route_command();
  add_pack_commands();
  add_meeting_commands();
  add_assistant_commands();
}

namespace {

/// What CLI11 says, but of a value that does not fit it names the field alone: all such fields hold numbers.
std::string said_of(const CLI::ParseError& error) {
  constexpr std::string_view kConversion = "Could not convert: ";
  const std::string said = error.what();
  const auto equals = said.find(" = ");
  if (!said.starts_with(kConversion) || equals == std::string::npos) return said;
  return fmt::format("{}: \"{}\" is not a number", said.substr(kConversion.size(), equals - kConversion.size()),
                     said.substr(equals + 3));
}

}  // namespace

int CommandLine::run(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_.exit(error) == 0 ? kDone : kWrongUse;  // help, version
    const auto wrong = explain_words(app_, std::vector<std::string>(argv + 1, argv + argc));
    const bool too_many_words = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    if (wrong.empty() && asked_without_quotes(app_, too_many_words)) {
      fmt::print(stderr, "troupe: {}\n", kAskInQuotes);
    } else if (wrong.empty()) {
      fmt::print(stderr, "troupe: {}. See {} --help\n", for_terminal(said_of(error)), typed_command(app_));
    } else {
      fmt::print(stderr, "troupe: {}\n", for_terminal(wrong));
    }
    return kWrongUse;
  }
  if (asked_without_quotes(app_, false)) {
    fmt::print(stderr, "troupe: {}\n", kAskInQuotes);
    return kWrongUse;
  }
  return action_ ? action_() : kWrongUse;
}

CLI::App* CommandLine::add(CLI::App* parent, const std::string& name, const std::string& help,
                           std::function<int()> action) {
  auto* command = parent->add_subcommand(name, help);
  command->footer(std::string(kWhereCommandsWork));  // else it has the examples of the whole program
  command->fallthrough();
  command->callback([this, action = std::move(action)] { action_ = action; });
  return command;
}

CLI::App* CommandLine::group(const std::string& name, const std::string& help) {
  auto* command = app_.add_subcommand(name, help);
  command->footer(std::string(kWhereCommandsWork));
  command->require_subcommand(1);
  command->fallthrough();
  return command;
}

void CommandLine::add_key_flags(CLI::App* command) {
  for (const auto& row : keys_of(modules_)) {
    if (row.flag_help.empty()) continue;
    command->add_option_function<std::string>(
        flag_of(row.key), [this, key = std::string(row.key)](const std::string& value) { options_.flags[key] = value; },
        std::string(row.flag_help));
  }
}

std::expected<std::string, int> CommandLine::ask(const std::string& method, const std::string& target,
                                                 const boost::json::object& body) {
  auto config = load(options_, modules_);
  if (!config) return std::unexpected(kWrongUse);
  CommandRequest request{.method = method, .target = target, .body = {}};
  if (method != "GET" && method != "DELETE") request.body = boost::json::serialize(body);
  auto answer = good_body(Asker(config->settings, modules_).ask(request), options_.output.json);
  if (!answer) return std::unexpected(kFailed);
  return *std::move(answer);
}

int CommandLine::call(const std::string& method, const std::string& target, const boost::json::object& body,
                      Show show) {
  auto answer = ask(method, target, body);
  if (!answer) return answer.error();
  print_answer(*answer, options_.output, show);
  return kDone;
}

int CommandLine::call(const std::string& method, const std::string& target, const boost::json::object& body,
                      const Print& print) {
  auto answer = ask(method, target, body);
  if (!answer) return answer.error();
  print_answer(*answer, options_.output, print);
  return kDone;
}

std::string CommandLine::user_path(std::string_view rest) const {
  return "/api/v1/users/" + base::percent_encode(args_.name) + std::string(rest);
}
std::string CommandLine::room_path(std::string_view rest) const {
  return "/api/v1/rooms/" + base::percent_encode(args_.room) + std::string(rest);
}
std::string CommandLine::bot_path(std::string_view rest) const {
  return "/api/v1/bots/" + base::percent_encode(args_.name) + std::string(rest);
}

void CommandLine::add_server_commands() {
  auto* serve_command =
      add(&app_, "serve", "Run the server until SIGTERM or Ctrl-C", [this] { return serve(options_, modules_); });
  add_key_flags(serve_command);
  add(&app_, "init", "Make the data folder and the account admin", [this] { return init(options_, modules_); });
  auto* config = group("config", "Look at the configuration");
  add(config, "check", "Explain every mistake in the configuration",
      [this] { return config_check(options_, modules_); });
  auto* keys = add(config, "keys", "List every key with its environment variable",
                   [this] { return config_keys_listing(options_, modules_, args_.markdown); });
  keys->add_flag("--markdown", args_.markdown, "As the page docs/configuration.md");
  auto* doctor =
      add(&app_, "doctor", "Look at the data folder, the machine and the running server, and say what to do", [this] {
        auto config = load(options_, modules_);
        return config ? run_doctor(running(modules_, config->settings), *config, options_.output) : kFailed;
      });
  doctor->footer(
      "Each line is ok, warning or trouble; the exit code is 1 when something is in trouble.\nIt changes nothing, and "
      "runs beside a server or without one, as the user that Troupe runs as.");
  auto* backup = group("backup", "What belongs into a backup");
  add(backup, "list", "Print what a backup would hold, with its size", [this] {
    auto config = load(options_, modules_);
    return config ? list_backup(running(modules_, config->settings), config->settings, options_.output) : kFailed;
  });
  add(&app_, "openapi", "Print the OpenAPI document", [this] { return print_openapi(options_, modules_); });
  add(&app_, "version", "Print the version", [this] {
    if (options_.output.json) {
      fmt::print("{}\n", boost::json::serialize(boost::json::object{{"version", TROUPE_VERSION}}));
    } else {
      fmt::print("troupe {}\n", TROUPE_VERSION);
    }
    return kDone;
  });
  auto* completion = add(&app_, "completion", "Print the script that completes commands in a shell", [this] {
    fmt::print("{}", completion_script(app_, args_.kind));
    return kDone;
  });
  completion->add_option("shell", args_.kind, "bash, zsh or fish")->required()->check(one_of({"bash", "zsh", "fish"}));
  completion->footer(
      "Examples:\n"
      "  source <(troupe completion bash)\n"
      "  troupe completion fish > ~/.config/fish/completions/troupe.fish");
  auto* worker = add(&app_, "thumbnail-worker", "", [] { return homeserver::media::thumbnail_worker_main(); });
  worker->group("");  // internal: not shown in the help
}

int run_cli(int argc, char** argv, std::vector<host::Module> every_module) {
  std::signal(SIGPIPE, SIG_IGN);
  ::umask(0077);
  CommandLine line(std::move(every_module));
  try {
    return line.run(argc, argv);
  } catch (const std::system_error& error) {
    // Whoever read the output has seen enough (`| head`), or the disk it goes to is full.
    if (error.code().value() != EPIPE) fmt::print(stderr, "troupe: {}\n", error.what());
    return kFailed;
  }
}

}  // namespace troupe::app
