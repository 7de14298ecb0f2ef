// troupe bot …, troupe key …
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "app/cli_line.h"
#include "base/encoding.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
constexpr std::chrono::milliseconds kLookAtLogEvery{500};

std::atomic<bool> interrupted{false};

/// "parrot is running.", with the reason where there is one to tell.
void print_state(const json::object& bot, bool quiet) {
  if (quiet) return;
  auto state = text_at(bot, "/state");
  std::ranges::replace(state, '_', ' ');
  const auto why = text_at(bot, "/status_detail");
  fmt::print("{} is {}{}\n", text_at(bot, "/bot_id"), state, why.empty() ? "." : ": " + for_terminal(why));
}

void print_made_bot(const json::object& answer, bool quiet) {
  const auto id = text_at(answer, "/bot/bot_id"), secret = text_at(answer, "/generated_secret");
  if (!quiet) {
    fmt::print("{} is made: {}, brain {}. Next: troupe bot start {}\n", id, text_at(answer, "/bot/user_id"),
               text_at(answer, "/bot/brain/kind"), id);
    if (!secret.empty()) fmt::print("The secret that signs its questions, shown once: {}\n", secret);
  } else {
    fmt::print("{}\n", secret.empty() ? id : secret);
  }
}

void print_changed_bot(const json::object& bot, bool quiet) {
  const auto secret = text_at(bot, "/generated_secret");
  if (!quiet) fmt::print("{} is changed.\n", text_at(bot, "/bot_id"));
  if (!secret.empty()) {
    fmt::print("{}{}\n", quiet ? "" : "The secret that signs its questions, shown once: ", secret);
  }
}

void print_lines(const json::object& answer, bool as_json) {
  const auto* items = answer.if_contains("items");
  if (items == nullptr || !items->is_array()) return;
  for (const auto& item : items->get_array()) {
    const auto& row = item;
    if (as_json) {
      fmt::print("{}\n", json::serialize(row));
    } else {
      const auto level = text_at(row, "/level");
      fmt::print("{} {} {:9} {}\n", zoned_time(text_at(row, "/at")), in_colour(level, fmt::format("{:7}", level)),
                 text_at(row, "/source"), for_terminal(text_at(row, "/text")));
    }
  }
  std::fflush(stdout);
}

}  // namespace

/// Until it is interrupted, with --follow; otherwise what there is.
int CommandLine::follow_logs() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  std::signal(SIGINT, [](int) { interrupted = true; });
  Asker asker(config->settings, modules_);
  std::string after;
  for (;;) {
    auto target = bot_path(fmt::format("/logs?limit={}&search={}{}", args_.limit, base::percent_encode(args_.search),
                                       after.empty() ? "" : "&after=" + after));
    auto answer = asker.object({.method = "GET", .target = target, .body = {}}, options_.output.json);
    if (!answer) return kFailed;
    if (!args_.follow && options_.output.json) {
      fmt::print("{}\n", json::serialize(*answer));
      return kDone;
    }
    print_lines(*answer, options_.output.json);
    after = text_at(*answer, "/next_after");
    if (!args_.follow || interrupted) return kDone;
    std::this_thread::sleep_for(kLookAtLogEvery);
  }
}

int CommandLine::make_bot() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  if (args_.brain.kind.empty()) args_.brain.kind = "echo";
  auto brain = brain_config(asker, args_.brain, {}, options_.output.json);
  if (!brain) return kFailed;
  json::object body{{"bot_id", args_.name}, {"brain", {{"kind", args_.brain.kind}, {"config", *std::move(brain)}}}};
  if (!args_.display_name.empty()) body["display_name"] = args_.display_name;
  auto made = good_body(asker.ask({.method = "POST", .target = "/api/v1/bots", .body = json::serialize(body)}),
                        options_.output.json);
  if (!made) return kFailed;
  print_answer(*made, options_.output, print_made_bot);
  return kDone;
}

int CommandLine::move_bot(const std::string& verb) {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  auto moved =
      good_body(asker.ask({.method = "POST", .target = bot_path("/" + verb), .body = "{}"}), options_.output.json);
  if (!moved) return kFailed;
  print_answer(*moved, options_.output, [&](const json::object& bot, bool quiet) {
    if (!asker.is_own() || text_at(bot, "/desired_state") != "running") return print_state(bot, quiet);
    if (!quiet) fmt::print("{} runs as soon as the server does: troupe serve\n", text_at(bot, "/bot_id"));
  });
  return kDone;
}

int CommandLine::set_bot() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  json::object body;
  if (!args_.display_name.empty()) body["display_name"] = args_.display_name;
  if (args_.brain.any()) {
    auto bot = asker.object({.method = "GET", .target = bot_path(), .body = {}}, options_.output.json);
    if (!bot) return kFailed;
    // The same kind keeps what is not named; another begins with nothing.
    const auto kind = text_at(*bot, "/brain/kind");
    const bool same = args_.brain.kind.empty() || args_.brain.kind == kind;
    if (same) args_.brain.kind = kind;
    auto present = same ? bot->at("brain").at("config").as_object() : json::object();
    auto brain = brain_config(asker, args_.brain, std::move(present), options_.output.json);
    if (!brain) return kFailed;
    body["brain"] = json::object{{"kind", args_.brain.kind}, {"config", *std::move(brain)}};
  }
  if (!args_.policy.empty()) {
    body["restart"] = json::object{{"policy", args_.policy},
                                   {"max_restarts", args_.max_restarts < 0 ? 10 : args_.max_restarts},
                                   {"window_s", args_.window_s < 0 ? 600 : args_.window_s}};
  } else if (args_.max_restarts >= 0 || args_.window_s >= 0) {
    fmt::print(stderr, "troupe: say the policy, too: --restart always|on_failure|never\n");
    return kWrongUse;
  }
  if (body.empty()) {
    fmt::print(stderr, "troupe: nothing to change; see troupe bot set --help\n");
    return kWrongUse;
  }
  auto changed = good_body(asker.ask({.method = "PATCH", .target = bot_path(), .body = json::serialize(body)}),
                           options_.output.json);
  if (!changed) return kFailed;
  print_answer(*changed, options_.output, print_changed_bot);
  return kDone;
}

int CommandLine::list_bots() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  auto bots = Asker(config->settings, modules_).items("/api/v1/bots?", options_.output.json);
  if (!bots) return kFailed;
  if (options_.output.json) {
    const auto total = bots->size();
    fmt::print("{}\n", json::serialize(json::object{{"items", *std::move(bots)}, {"total", total}}));
    return kDone;
  }
  if (options_.output.quiet) {
    for (const auto& bot : *bots) fmt::print("{}\n", text_at(bot, "/bot_id"));
    return kDone;
  }
  std::vector<Column> columns{{"bot_id", "/bot_id"},
                              {"brain", "/brain/kind"},
                              {"state", "/state"},
                              {"answered", "/turns/answered"},
                              {"failed", "/turns/failed"}};
  if (args_.columns == "wide") {
    columns.insert(columns.end(), {{"user_id", "/user_id"},
                                   {"rooms", "/rooms"},
                                   {"queue", "/queue"},
                                   {"restarts", "/restarts"},
                                   {"since", "/since"},
                                   {"last_error", "/last_error/text"}});
  }
  print_columns(*bots, columns);
  return kDone;
}

void CommandLine::add_brain_options(CLI::App* command) {
  auto& brain = args_.brain;
  command->add_option("--brain", brain.kind,
                      "What answers: echo, openai, flowise, webhook, command, assistant, meetings, program");
  command->add_option("--url", brain.url, "Where the brain sends its questions (openai, flowise, webhook)");
  command->add_option("--model", brain.model, "The model (openai)");
  command->add_flag("--key-stdin", brain.key_from_stdin, "Read the service's key from standard input, one line");
  command->add_option("--program", brain.program, "The program to run (program)");
  command->add_option("--arg", brain.arguments, "An argument of the program; may be repeated")->allow_extra_args(false);
  command->add_option("--set", brain.settings, "NAME=VALUE of any other setting; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--brain-config", brain.config,
                      "All settings as a JSON object: a file, - for standard input, or the object itself");
}

void CommandLine::add_bot_commands() {
  auto* bot = group("bot", "Bots: make, start, stop, look at");
  auto* make = add(bot, "add", "Make a bot", [this] { return make_bot(); });
  make->add_option("bot_id", args_.name, "Short name, a-z 0-9 . _ -")->required();
  add_brain_options(make);
  make->add_option("--display-name", args_.display_name, "Name that others see in rooms");
  make->footer(
      "Examples:\n"
      "  troupe bot add parrot\n"
      "  troupe bot add model --brain openai --url http://127.0.0.1:11434/v1 --model llama3.2\n"
      "  troupe bot add clever --brain openai --url https://api.openai.com/v1 --model gpt-4o --key-stdin < key.txt\n"
      "  troupe bot add guide --brain flowise --url http://127.0.0.1:3000/api/v1/prediction/<flow id>\n"
      "  troupe bot add hook --brain webhook --url https://bots.example.org/ask\n"
      "  troupe bot add clock --brain command --set timezone=Europe/Berlin\n"
      "  troupe bot add mine --brain program --program /opt/bots/mine.py --arg=--verbose\n"
      "All settings of each kind: docs/brains.md, or troupe bot brains --json");
  auto* list = add(bot, "list", "List bots with their state", [this] { return list_bots(); });
  list->add_option("-o,--output", args_.columns, "wide: more columns")->check(one_of({"wide"}));
  add(bot, "brains", "List the kinds of brains", [this] { return call("GET", "/api/v1/brains", {}, Show::table); });
  add_bot_changes(bot);
  add_bot_watching(bot);
}

void CommandLine::add_bot_changes(CLI::App* bot) {
  auto one = [this, bot](const std::string& name, const std::string& help, std::function<int()> action) {
    auto* command = add(bot, name, help, std::move(action));
    command->add_option("bot_id", args_.name, "The bot")->required();
    return command;
  };
  auto* start = one("start", "Start a bot; it takes up what was said while it was stopped",
                    [this] { return move_bot(args_.fresh ? "start?fresh=true" : "start"); });
  start->add_flag("--fresh", args_.fresh, "Leave what was said while it was stopped unanswered");
  for (const auto& [verb, help] :
       {std::pair("stop", "Stop a bot"), std::pair("restart", "Stop a bot and start it again")}) {
    one(verb, help, [this, verb = std::string(verb)] { return move_bot(verb); });
  }
  auto* set = one("set", "Change a bot; a running one goes on with it at once", [this] { return set_bot(); });
  set->add_option("--display-name", args_.display_name, "Name that others see in rooms");
  add_brain_options(set);
  set->add_option("--restart", args_.policy, "always, on_failure or never")
      ->check(one_of({"always", "on_failure", "never"}));
  set->add_option("--max-restarts", args_.max_restarts, "More within the window are a crash loop")
      ->check(CLI::Range(1, 1000));
  set->add_option("--window", args_.window_s, "The window in seconds")->check(CLI::Range(10, 86'400));
  set->footer(
      "Examples:\n"
      "  troupe bot set model --model llama3.3 --set temperature=0.2\n"
      "  troupe bot set parrot --brain openai --url http://127.0.0.1:11434/v1 --model llama3.2\n"
      "Settings that are not named stay as they are, unless the brain becomes another or --brain-config gives them "
      "all.");
  auto* remove = one("delete", "Delete a bot; its account is deactivated", [this] {
    if (!args_.yes) {
      fmt::print(stderr, "troupe: this cannot be undone; say --yes to delete {}\n", args_.name);
      return kWrongUse;
    }
    return call("DELETE", bot_path("?confirm=" + base::percent_encode(args_.name)));
  });
  remove->add_flag("--yes", args_.yes, "Do it");
}

void CommandLine::add_bot_watching(CLI::App* bot) {
  auto one = [this, bot](const std::string& name, const std::string& help, std::function<int()> action) {
    auto* command = add(bot, name, help, std::move(action));
    command->add_option("bot_id", args_.name, "The bot")->required();
    return command;
  };
  one("show", "Show one bot", [this] { return call("GET", bot_path()); });
  auto* history = one("history", "What happened to a bot, and why", [this] {
    return call("GET", bot_path(fmt::format("/history?limit={}", args_.limit)), {}, Show::table);
  });
  history->add_option("--limit", args_.limit, "At most this many (1 to 1000)")->check(CLI::Range(1, 1000));
  auto* usage = one("usage", "Answers, failures, latency and tokens by hour", [this] {
    return call("GET", bot_path(fmt::format("/usage?hours={}", args_.hours)), {}, Show::table);
  });
  usage->add_option("--hours", args_.hours, "How many hours back (1 to 720)")->check(CLI::Range(1, 720));
  auto* spending = add(bot, "spending", "What the bots' language models cost on a day", [this] {
    auto target = fmt::format("/api/v1/spending?by={}&limit={}", args_.by, args_.limit);
    if (!args_.day.empty()) target += "&day=" + base::percent_encode(args_.day);
    return call("GET", target, {}, Show::table);
  });
  spending->add_option("--by", args_.by, "person, bot or tenant (default bot)")
      ->check(CLI::IsMember({"person", "bot", "tenant"}));
  spending->add_option("--day", args_.day, "A UTC day like 2026-11-20 (default today)");
  spending->add_option("--limit", args_.limit, "At most this many (1 to 1000)")->check(CLI::Range(1, 1000));
  auto* logs = one("logs", "What a bot and its brain wrote", [this] { return follow_logs(); });
  logs->add_flag("--follow,-f", args_.follow, "Go on with what comes, until Ctrl-C");
  logs->add_option("--search", args_.search, "Only lines with this text");
  logs->add_option("--limit", args_.limit, "At most this many (1 to 1000)")->check(CLI::Range(1, 1000));
  logs->footer("Example: troupe bot logs parrot --follow");
}

void CommandLine::add_key_commands() {
  auto* key = group("key", "API keys of programs");
  add(key, "list", "List keys; what they are is not stored",
      [this] { return call("GET", "/api/v1/keys", {}, Show::table); });
  auto* make = add(key, "add", "Make a key; it is printed this once", [this] {
    boost::json::object body{{"name", args_.name}, {"role", args_.role}};
    if (!args_.scopes.empty()) body["scopes"] = boost::json::array(args_.scopes.begin(), args_.scopes.end());
    if (args_.days > 0) body["expires_in_days"] = args_.days;
    return call("POST", "/api/v1/keys", body, [](const json::object& answer, bool quiet) {
      const auto token = text_at(answer, "/token");
      if (quiet) return fmt::print("{}\n", token);
      fmt::print("Key {} of {}, shown once: {}\n", text_at(answer, "/key/id"),
                 for_terminal(text_at(answer, "/key/name")), token);
    });
  });
  make->add_option("name", args_.name, "What it is for")->required();
  make->add_option("--role", args_.role, "member, operator or admin (default member)")
      ->check(one_of({"member", "operator", "admin"}));
  make->add_option("--scope", args_.scopes, "bots, users, admin, metrics or assistant; may be repeated");
  make->add_option("--days", args_.days, "It expires after so many days")->check(CLI::Range(1, 3650));
  auto* revoke = add(key, "revoke", "Revoke a key",
                     [this] { return call("DELETE", fmt::format("/api/v1/keys/{}", args_.number)); });
  revoke->add_option("id", args_.number, "Its number in the list")->required();
}

}  // namespace troupe::app
