// troupe bot …, troupe key …, troupe audit
#include <fmt/format.h>

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
constexpr std::chrono::milliseconds kLookEvery{500};
constexpr int kFirstErrorStatus = 400;

std::atomic<bool> interrupted{false};

std::string member(const json::object& row, std::string_view name) {
  const auto* value = row.if_contains(name);
  if (value == nullptr) return {};
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

void print_lines(const json::object& answer, bool as_json) {
  const auto* items = answer.if_contains("items");
  if (items == nullptr || !items->is_array()) return;
  for (const auto& item : items->get_array()) {
    const auto& row = item.as_object();
    if (as_json) {
      fmt::print("{}\n", json::serialize(row));
    } else {
      fmt::print("{} {:7} {:7} {}\n", member(row, "at"), member(row, "level"), member(row, "source"),
                 for_terminal(member(row, "text")));
    }
  }
  std::fflush(stdout);
}

}  // namespace

/// Until it is interrupted, with --follow; otherwise what there is.
int CommandLine::follow_logs() {
  auto config = load(options_);
  if (!config) return kWrongUse;
  std::signal(SIGINT, [](int) { interrupted = true; });
  Asker asker(config->settings);
  std::string after;
  for (;;) {
    auto target = bot_path(fmt::format("/logs?limit={}&search={}{}", args_.limit, base::percent_encode(args_.search),
                                       after.empty() ? "" : "&after=" + after));
    auto reply = asker.ask({.method = "GET", .target = target, .body = {}});
    if (!reply) {
      fmt::print(stderr, "troupe: {}\n", reply.error().message());
      return kFailed;
    }
    if (reply->status >= kFirstErrorStatus) {
      print_error(reply->body, options_.json);
      return kFailed;
    }
    boost::system::error_code failed;
    auto answer = json::parse(reply->body, failed);
    if (failed || !answer.is_object()) return kFailed;
    if (!args_.follow && options_.json) {
      fmt::print("{}\n", reply->body);
      return kDone;
    }
    print_lines(answer.get_object(), options_.json);
    after = member(answer.get_object(), "next_after");
    if (!args_.follow || interrupted) return kDone;
    std::this_thread::sleep_for(kLookEvery);
  }
}

int CommandLine::set_bot() {
  json::object body;
  if (!args_.display_name.empty()) body["display_name"] = args_.display_name;
  if (!args_.kind.empty() || !args_.config.empty() || !args_.url.empty()) {
    json::object config;
    if (!args_.config.empty()) {
      boost::system::error_code failed;
      auto given = json::parse(args_.config == "-" ? read_secret("Configuration as JSON") : args_.config, failed);
      if (failed || !given.is_object()) {
        fmt::print(stderr, "troupe: --brain-config must be a JSON object\n");
        return kWrongUse;
      }
      config = given.get_object();
    }
    if (!args_.url.empty()) config["url"] = args_.url;
    if (args_.kind.empty()) {
      fmt::print(stderr, "troupe: say the brain's kind, too: --brain\n");
      return kWrongUse;
    }
    body["brain"] = json::object{{"kind", args_.kind}, {"config", std::move(config)}};
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
  return call("PATCH", bot_path(), std::move(body));
}

void CommandLine::add_bot_commands() {
  auto* bot = group("bot", "Bots: make, start, stop, look at");
  auto* add_bot = add(bot, "add", "Make a bot", [this] {
    boost::json::object config;
    if (!args_.url.empty()) config["url"] = args_.url;
    boost::json::object body{{"bot_id", args_.name}, {"brain", {{"kind", args_.brain}, {"config", config}}}};
    if (!args_.display_name.empty()) body["display_name"] = args_.display_name;
    return call("POST", "/api/v1/bots", body);
  });
  add_bot->add_option("bot_id", args_.name, "Short name, a-z 0-9 . _ -")->required();
  add_bot->add_option("--brain", args_.brain, "What answers, one of `troupe bot brains` (default echo)");
  add_bot->add_option("--url", args_.url, "Where a webhook, flowise or openai brain sends its questions");
  add_bot->add_option("--display-name", args_.display_name, "Name that others see in rooms");
  add(bot, "list", "List bots with their state",
      [this] { return call("GET", "/api/v1/bots?limit=1000", {}, Show::table); });
  add(bot, "brains", "List the kinds of brains", [this] { return call("GET", "/api/v1/brains", {}, Show::table); });
  add_bot_changes(bot);
}

void CommandLine::add_bot_changes(CLI::App* bot) {
  auto one = [this, bot](const std::string& name, const std::string& help, std::function<int()> action) {
    auto* command = add(bot, name, help, std::move(action));
    command->add_option("bot_id", args_.name, "The bot")->required();
    return command;
  };
  for (const auto& [verb, help] : {std::pair("start", "Start a bot"), std::pair("stop", "Stop a bot"),
                                   std::pair("restart", "Stop a bot and start it again")}) {
    one(verb, help, [this, verb = std::string(verb)] { return call("POST", bot_path("/" + verb)); });
  }
  one("show", "Show one bot", [this] { return call("GET", bot_path()); });
  auto* history = one("history", "What happened to a bot, and why", [this] {
    return call("GET", bot_path(fmt::format("/history?limit={}", args_.limit)), {}, Show::table);
  });
  history->add_option("--limit", args_.limit, "At most this many (1 to 1000)")->check(CLI::Range(1, 1000));
  auto* usage = one("usage", "Answers, failures, latency and tokens by hour", [this] {
    return call("GET", bot_path(fmt::format("/usage?hours={}", args_.hours)), {}, Show::table);
  });
  usage->add_option("--hours", args_.hours, "How many hours back (1 to 720)")->check(CLI::Range(1, 720));
  auto* logs = one("logs", "What a bot and its brain wrote", [this] { return follow_logs(); });
  logs->add_flag("--follow,-f", args_.follow, "Go on with what comes, until Ctrl-C");
  logs->add_option("--search", args_.search, "Only lines with this text");
  logs->add_option("--limit", args_.limit, "At most this many (1 to 1000)")->check(CLI::Range(1, 1000));
  auto* set = one("set", "Change a bot; a running one goes on with it at once", [this] { return set_bot(); });
  set->add_option("--display-name", args_.display_name, "Name that others see in rooms");
  set->add_option("--brain", args_.kind, "Another kind of brain");
  set->add_option("--url", args_.url, "Where the brain sends its questions");
  set->add_option("--brain-config", args_.config, "The brain's configuration as JSON; - reads it from standard input");
  set->add_option("--restart", args_.policy, "always, on_failure or never")
      ->check(CLI::IsMember({"always", "on_failure", "never"}));
  set->add_option("--max-restarts", args_.max_restarts, "More within the window are a crash loop")
      ->check(CLI::Range(1, 1000));
  set->add_option("--window", args_.window_s, "The window in seconds")->check(CLI::Range(10, 86'400));
  auto* remove = one("delete", "Delete a bot; its account is deactivated", [this] {
    if (!args_.yes) {
      fmt::print(stderr, "troupe: this cannot be undone; say --yes to delete {}\n", args_.name);
      return kWrongUse;
    }
    return call("DELETE", bot_path("?confirm=" + base::percent_encode(args_.name)));
  });
  remove->add_flag("--yes", args_.yes, "Do it");
}

void CommandLine::add_key_commands() {
  auto* key = group("key", "API keys of programs");
  add(key, "list", "List keys; what they are is not stored",
      [this] { return call("GET", "/api/v1/keys", {}, Show::table); });
  auto* make = add(key, "add", "Make a key; it is printed this once", [this] {
    boost::json::object body{{"name", args_.name}, {"role", args_.role}};
    if (!args_.scopes.empty()) body["scopes"] = boost::json::array(args_.scopes.begin(), args_.scopes.end());
    if (args_.days > 0) body["expires_in_days"] = args_.days;
    return call("POST", "/api/v1/keys", body);
  });
  make->add_option("name", args_.name, "What it is for")->required();
  make->add_option("--role", args_.role, "member, operator or admin (default member)")
      ->check(CLI::IsMember({"member", "operator", "admin"}));
  make->add_option("--scope", args_.scopes, "bots, users, admin, metrics or assistant; may be repeated");
  make->add_option("--days", args_.days, "It expires after so many days")->check(CLI::Range(1, 3650));
  auto* revoke = add(key, "revoke", "Revoke a key",
                     [this] { return call("DELETE", fmt::format("/api/v1/keys/{}", args_.number)); });
  revoke->add_option("id", args_.number, "Its number in the list")->required();
}

void CommandLine::add_audit_command() {
  auto* audit = add(&app_, "audit", "Who did what, newest first", [this] {
    auto target = fmt::format("/api/v1/audit?limit={}&search={}&action={}&actor={}", args_.limit,
                              base::percent_encode(args_.search), base::percent_encode(args_.action),
                              base::percent_encode(args_.actor));
    return call("GET", target, {}, Show::table);
  });
  audit->add_option("--search", args_.search, "Part of actor, action or target");
  audit->add_option("--action", args_.action, "user.create, or user for all that begins with it");
  audit->add_option("--actor", args_.actor, "Who, exactly");
  audit->add_option("--limit", args_.limit, "At most this many (1 to 1000)")->check(CLI::Range(1, 1000));
}

}  // namespace troupe::app
