// troupe ask, troupe task …: the assistant from a terminal, as whoever owns the data folder.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <thread>

#include "app/cli_line.h"
#include "base/encoding.h"

namespace troupe::app {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kLookAtTaskEvery{500};
constexpr std::string_view kWait = "?wait_s=60";
constexpr int kMostTasks = 50;  // as the list has it

std::string task_path(const std::string& id, std::string_view rest = {}) {
  return "/api/v1/tasks/" + base::percent_encode(id) + std::string(rest);
}

/// A line that the person typed; nothing where nobody is there to ask.
std::optional<std::string> typed_line(std::string_view prompt) {
  if (::isatty(STDIN_FILENO) != 1) return std::nullopt;
  fmt::print(stderr, "{}", prompt);
  std::fflush(stderr);
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

bool is_yes(std::string_view line) { return line == "y" || line == "Y" || line == "yes" || line == "Yes"; }

/// How each file is had that services answered with; what it is called stands above, in what the assistant says.
void print_files(const json::object& reply) {
  const auto* files = reply.if_contains("files");
  if (files == nullptr || !files->is_array()) return;
  for (const auto& file : files->get_array()) {
    if (text_at(file, "/kept") != "true") continue;
    fmt::print("{}: troupe task file {} {}\n", for_terminal(text_at(file, "/name")),
               for_terminal(text_at(reply, "/task/task_id")), for_terminal(text_at(file, "/file_id")));
  }
}

/// One conversation at a terminal: what the assistant says is printed, what it needs is asked for.
class AskedAssistant {
 public:
  AskedAssistant(Asker& asker, Output output, bool yes) : asker_(asker), output_(output), yes_(yes) {}

  int begin(const CommandRequest& request) { return go_on(asker_.object(request, output_.json)); }

 private:
  using Reply = std::optional<json::object>;

  Reply post(const std::string& target, const json::object& body = {}) {
    return asker_.object({.method = "POST", .target = target, .body = json::serialize(body)}, output_.json);
  }

  int go_on(Reply reply) {
    for (;;) {
      if (!reply) return kFailed;
      const auto kind = text_at(*reply, "/kind");
      if (kind == "running") {
        std::this_thread::sleep_for(kLookAtTaskEvery);
        const auto target = task_path(text_at(*reply, "/task/task_id"));
        reply = asker_.object({.method = "GET", .target = target, .body = {}}, output_.json);
        continue;
      }
      if (!output_.json && !output_.quiet) fmt::print("{}\n", markdown_for_terminal(text_at(*reply, "/message")));
      std::fflush(stdout);
      if (kind == "plan" || kind == "question" || kind == "approval") {
        auto next = kind == "plan" ? execute(*reply) : kind == "question" ? answer(*reply) : approve(*reply);
        if (!next) return waits(*reply);
        reply = std::move(*next);
        continue;
      }
      return ended(*reply, kind);
    }
  }

  /// In each of the three: nothing when nobody said to go on.
  std::optional<Reply> execute(const json::object& plan) {
    if (!agreed("Go on? [y/N] ")) return std::nullopt;
    return post(task_path(text_at(plan, "/task/task_id"), "/execute") + std::string(kWait));
  }

  std::optional<Reply> answer(const json::object& asked) {
    const auto line = may_ask() ? typed_line("> ") : std::nullopt;
    if (!line || line->empty()) return std::nullopt;
    json::object body;
    if (const auto choice = choice_of(asked, *line); !choice.empty()) {
      body["choice_id"] = choice;
    } else {
      body["text"] = *line;
    }
    return post(task_path(text_at(asked, "/task/task_id"), "/answer") + std::string(kWait), body);
  }

  std::optional<Reply> approve(const json::object& asked) {
    if (text_at(asked, "/approval/can_decide") != "true") return std::nullopt;
    if (!agreed("Approve exactly this? [y/N] ")) return std::nullopt;
    return post("/api/v1/approvals/" + base::percent_encode(text_at(asked, "/approval/approval_id")) + "/approve" +
                    std::string(kWait),
                {{"digest", text_at(asked, "/approval/digest")}});
  }

  /// The id of the choice with this number; empty: it is no number of one.
  static std::string choice_of(const json::object& asked, const std::string& line) {
    if (line.find_first_not_of("0123456789") != line.npos || line.size() > 3 || std::stoi(line) < 1) return {};
    return text_at(asked, fmt::format("/question/choices/{}/id", std::stoi(line) - 1));
  }

  bool may_ask() const { return !output_.json && !output_.quiet; }
  bool agreed(std::string_view prompt) const {
    if (yes_) return true;
    const auto line = may_ask() ? typed_line(prompt) : std::nullopt;
    return line && is_yes(*line);
  }

  void print_rest(const json::object& reply) const {
    if (output_.json) fmt::print("{}\n", json::serialize(reply));
    if (output_.quiet) fmt::print("{}\n", text_at(reply, "/task/task_id"));
  }

  int waits(const json::object& reply) const {
    print_rest(reply);
    const auto id = text_at(reply, "/task/task_id");
    if (output_.json || output_.quiet || id.empty()) return kWaits;
    const auto kind = text_at(reply, "/kind");
    if (kind == "approval" && text_at(reply, "/approval/can_decide") != "true") {
      fmt::print(stderr, "Somebody else has to approve this; see: troupe task show {}\n", id);
    } else if (kind == "question") {
      fmt::print(stderr, "It waits for your answer: troupe ask --task {} \"…\"\n", id);
    } else {
      fmt::print(stderr, "Nothing was done. To go on: troupe ask --task {} --yes\n", id);
    }
    return kWaits;
  }

  int ended(const json::object& reply, std::string_view kind) const {
    print_rest(reply);
    if (!output_.json && !output_.quiet) print_files(reply);
    return kind == "result" ? kDone : kFailed;
  }

  Asker& asker_;
  Output output_;
  bool yes_;
};

/// As wide as a terminal: ids of conversations, who asked and when it began are in --json.
void print_tasks(const json::object& page, bool quiet) {
  const auto& tasks = page.at("items").as_array();
  if (quiet) {
    for (const auto& task : tasks) fmt::print("{}\n", for_terminal(text_at(task, "/task_id")));
    return;
  }
  const std::vector<Column> columns{{"task_id", "/task_id"},    {"service", "/service"}, {"intent", "/intent"},
                                    {"status", "/status"},      {"phase", "/phase"},     {"steps", "/steps"},
                                    {"changed", "/updated_at"}, {"reason", "/reason"}};
  print_columns(tasks, columns);
}

void print_steps(const json::array& steps) {
  const std::vector<Column> columns{{"step", "/number"},   {"path", "/path"},   {"action", "/action"},
                                    {"status", "/status"}, {"error", "/error"}, {"ended", "/ended_at"}};
  print_columns(steps, columns);
}

}  // namespace

int CommandLine::ask_assistant() {
  if (args_.text.empty() && args_.task.empty()) {
    fmt::print(stderr, "troupe: say what you want, in quotes: troupe ask \"list slack channels\"\n");
    return kWrongUse;
  }
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  AskedAssistant assistant(asker, options_.output, args_.yes);
  if (args_.text.empty()) return assistant.begin({.method = "GET", .target = task_path(args_.task), .body = {}});
  json::object body{{"text", args_.text}};
  if (!args_.task.empty()) body["task_id"] = args_.task;
  std::string target = "/api/v1/conversations";
  if (!args_.conversation.empty()) target += "/" + base::percent_encode(args_.conversation) + "/messages";
  return assistant.begin({.method = "POST", .target = target + std::string(kWait), .body = json::serialize(body)});
}

int CommandLine::undo_task() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  AskedAssistant assistant(asker, options_.output, args_.yes);
  return assistant.begin({.method = "POST", .target = task_path(args_.task, "/undo"), .body = "{}"});
}

/// How it stands, and what ran.
int CommandLine::show_task() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  const bool as_json = options_.output.json;
  auto reply = asker.object({.method = "GET", .target = task_path(args_.task), .body = {}}, as_json);
  if (!reply) return kFailed;
  json::array steps;
  for (std::string after = "0"; !after.empty();) {
    const auto target = task_path(args_.task, "/steps?limit=100&after=" + after);
    auto part = asker.object({.method = "GET", .target = target, .body = {}}, as_json);
    if (!part) return kFailed;
    for (auto& step : part->at("items").as_array()) steps.push_back(std::move(step));
    after = text_at(*part, "/next_after");
  }
  if (as_json) {
    (*reply)["ran"] = std::move(steps);
    fmt::print("{}\n", json::serialize(*reply));
    return kDone;
  }
  const auto action = text_at(*reply, "/task/service") + "." + text_at(*reply, "/task/intent");
  fmt::print("{}: {}, {}\n", for_terminal(text_at(*reply, "/task/task_id")), for_terminal(action),
             text_at(*reply, "/task/phase"));
  fmt::print("{}\n", markdown_for_terminal(text_at(*reply, "/message")));
  print_files(*reply);
  if (!steps.empty()) print_steps(steps);
  return kDone;
}

/// Into a new file, so that no name that a service chose takes the place of what is there.
int CommandLine::save_task_file() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  const bool as_json = options_.output.json;
  auto reply = asker.object({.method = "GET", .target = task_path(args_.task), .body = {}}, as_json);
  if (!reply) return kFailed;
  auto name = args_.out;
  const auto* files = reply->if_contains("files");
  for (const auto& file : files != nullptr && files->is_array() ? files->get_array() : json::array()) {
    if (name.empty() && text_at(file, "/file_id") == args_.file) name = for_terminal(text_at(file, "/name"));
  }
  const auto target = task_path(args_.task, "/files/" + base::percent_encode(args_.file));
  const auto bytes = good_body(asker.ask({.method = "GET", .target = target, .body = {}}), as_json);
  if (!bytes) return kFailed;
  if (name.empty()) name = "file";
  errno = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(
      std::fopen(name.c_str(), "wbx"), [](std::FILE* file) { return file != nullptr ? std::fclose(file) : 0; });
  if (!out || std::fwrite(bytes->data(), 1, bytes->size(), out.get()) != bytes->size() || std::fflush(out.get()) != 0) {
    fmt::print(stderr, "troupe: {} could not be written: {}\n", name, std::strerror(errno));
    return kFailed;
  }
  if (!options_.output.quiet) fmt::print("{} bytes written to {}.\n", bytes->size(), name);
  return kDone;
}

/// The approval with this id, or the one that a task of the caller's waits for.
int CommandLine::decide_approval(bool yes) {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  const bool as_json = options_.output.json;
  const auto path = "/api/v1/approvals/" + base::percent_encode(args_.name);
  auto direct = asker.ask({.method = "GET", .target = path, .body = {}});
  const bool is_approval = direct && direct->status == 200;
  auto found = is_approval ? std::optional(json::parse(direct->body).as_object())
                           : asker.object({.method = "GET", .target = task_path(args_.name), .body = {}}, as_json);
  if (!found) return kFailed;
  const json::value* approval = is_approval ? nullptr : found->if_contains("approval");
  if (!is_approval && approval == nullptr) {
    fmt::print(stderr, "troupe: the task waits for no approval\n");
    return kFailed;
  }
  const json::value shown = is_approval ? json::value(*found) : *approval;
  if (!as_json && !options_.output.quiet) {
    for (const auto& call : shown.at("calls").as_array()) {
      fmt::print("{} {}\n", for_terminal(text_at(call, "/action")),
                 for_terminal(json::serialize(call.as_object().at("args"))));
      if (const auto sent = text_at(call, "/request"); !sent.empty()) fmt::print("  {}\n", for_terminal(sent));
    }
  }
  if (yes && !args_.yes) {
    const auto line = as_json ? std::nullopt : typed_line("Approve exactly this? [y/N] ");
    if (!line || !is_yes(*line)) {
      fmt::print(stderr, "Nothing was approved. Say --yes to approve it.\n");
      return kWaits;
    }
  }
  json::object body{{"digest", text_at(shown, "/digest")}};
  if (!yes && !args_.text.empty()) body["reason"] = args_.text;
  const auto target = "/api/v1/approvals/" + base::percent_encode(text_at(shown, "/approval_id"));
  auto answer = good_body(asker.ask({.method = "POST",
                                     .target = target + (yes ? "/approve" + std::string(kWait) : "/reject"),
                                     .body = json::serialize(body)}),
                          as_json);
  if (!answer) return kFailed;
  print_answer(*answer, options_.output, [](const json::object& reply, bool quiet) {
    if (!quiet) fmt::print("{}\n", markdown_for_terminal(text_at(reply, "/message")));
  });
  return kDone;
}

void CommandLine::add_assistant_commands() {
  auto* ask = add(&app_, "ask", "Ask the assistant for something", [this] { return ask_assistant(); });
  ask->add_option("text", args_.text, "What you want, in your own words");
  ask->add_option("--conversation", args_.conversation, "Go on in this conversation");
  ask->add_option("--task", args_.task, "Answer this task's question; without a text: go on with it");
  ask->add_flag("--yes", args_.yes, "Run the plan, and approve what it wants approved, without asking");
  ask->footer(
      "Examples:\n"
      "  troupe ask \"list slack channels\"\n"
      "  troupe ask \"make a user named carla\" --yes\n"
      "Where a terminal is there, questions are asked: answer with a choice's number, or in words.\n"
      "The exit code is 0 when it is done, 1 when it failed, 2 for wrong use, and 3 when it waits for somebody.");
  auto* task = group("task", "What the assistant was asked for");
  auto* list = add(task, "list", "Your tasks, the newest change first", [this] {
    auto target = fmt::format("/api/v1/tasks?limit={}&status={}&service={}&conversation_id={}",
                              std::min(args_.limit, kMostTasks), base::percent_encode(args_.state),
                              base::percent_encode(args_.service), base::percent_encode(args_.conversation));
    return call("GET", target, {}, print_tasks);
  });
  list->add_option("--status", args_.state, "planned, awaiting_user, executing, done or error")
      ->check(one_of({"planned", "awaiting_user", "executing", "done", "error"}));
  list->add_option("--service", args_.service, "Of this service only");
  list->add_option("--conversation", args_.conversation, "Of this conversation only");
  list->add_option("--limit", args_.limit, "At most this many (1 to 50)")->check(CLI::Range(1, 50));
  auto* show = add(task, "show", "How a task stands, and what ran", [this] { return show_task(); });
  auto* cancel = add(task, "cancel", "End a task: at once where nothing runs, else before its next step", [this] {
    return call("POST", task_path(args_.task, "/cancel"), {}, [](const json::object& reply, bool quiet) {
      if (!quiet) fmt::print("{}\n", markdown_for_terminal(text_at(reply, "/message")));
    });
  });
  for (auto* command : {show, cancel}) command->add_option("task", args_.task, "The task")->required();
  auto* undo = add(task, "undo", "Undo what a task did: shown first, and approved like any write",
                   [this] { return undo_task(); });
  undo->add_option("task", args_.task, "The task")->required();
  undo->add_flag("--yes", args_.yes, "Do it without asking");
  auto* file = add(task, "file", "Save a file that a service answered with", [this] { return save_task_file(); });
  file->add_option("task", args_.task, "The task")->required();
  file->add_option("file", args_.file, "Its id, as troupe task show prints it")->required();
  file->add_option("--out", args_.out, "Where to; by default its own name, in this folder");
  add(task, "approvals", "What waits for a yes", [this] { return call("GET", "/api/v1/approvals", {}, Show::table); });
  auto* approve =
      add(task, "approve", "Let exactly the calls happen that are shown", [this] { return decide_approval(true); });
  approve->add_flag("--yes", args_.yes, "Do it without asking");
  auto* reject =
      add(task, "reject", "Do not let them happen; the task ends", [this] { return decide_approval(false); });
  reject->add_option("--reason", args_.text, "Why");
  for (auto* command : {approve, reject}) {
    command->add_option("id", args_.name, "The approval, or the task that waits for it")->required();
  }
}

}  // namespace troupe::app
