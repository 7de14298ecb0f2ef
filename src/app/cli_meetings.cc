// troupe meeting …
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "app/cli_line.h"
#include "app/meeting_watch.h"
#include "base/encoding.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
constexpr std::string_view kDetected = "auto";

void print_meeting(const json::object& meeting, bool quiet) {
  const auto id = text_at(meeting, "/id"), state = text_at(meeting, "/state"), reason = text_at(meeting, "/reason");
  if (quiet) {
    fmt::print("{}\n", id);
  } else {
    fmt::print("Meeting {} is {}{}{}.\n", id, state, reason.empty() ? "" : ": ", for_terminal(reason));
  }
}

void print_meetings(const json::object& answer, bool) {
  constexpr Column kColumns[]{{"id", "/id"},       {"state", "/state"},   {"platform", "/platform"}, {"link", "/link"},
                              {"owner", "/owner"}, {"reason", "/reason"}, {"asked", "/created_at"}};
  const auto* items = answer.if_contains("items");
  if (!items || !items->is_array() || items->get_array().empty()) {
    fmt::print("No meetings yet. Next: troupe meeting join LINK\n");
    return;
  }
  print_columns(items->get_array(), kColumns);
}

/// A meeting with every step: what happened to it, when and why.
void print_history(const json::object& answer, bool quiet) {
  const auto* meeting = answer.if_contains("meeting");
  if (!meeting || !meeting->is_object()) return;
  print_meeting(meeting->get_object(), quiet);
  if (quiet) return;
  fmt::print("{}\n", for_terminal(text_at(*meeting, "/link")));
  const auto* steps = answer.if_contains("transitions");
  if (!steps || !steps->is_array()) return;
  for (const auto& step : steps->get_array()) {
    const auto reason = text_at(step, "/reason");
    fmt::print("{}  {:<13}  {}{}{}  ({})\n", zoned_time(text_at(step, "/at")), text_at(step, "/to"),
               for_terminal(text_at(step, "/cause")), reason.empty() ? "" : ": ", for_terminal(reason),
               for_terminal(text_at(step, "/actor")));
  }
  // What the machine said of a bot that did not come to be says what to do.
  const auto* attempts = answer.if_contains("attempts");
  if (!attempts || !attempts->is_array() || attempts->get_array().empty()) return;
  if (const auto exit = text_at(attempts->get_array().back(), "/exit"); !exit.empty()) {
    fmt::print("Its bot: {}\n", for_terminal(exit));
  }
}

void print_found(const json::object& answer, bool) {
  const auto* items = answer.if_contains("items");
  if (!items || !items->is_array() || items->get_array().empty()) {
    fmt::print("Nobody said that.\n");
    return;
  }
  for (const auto& found : items->get_array()) {
    fmt::print("meeting {} ", text_at(found, "/meeting/id"));
    if (const auto* segment = found.as_object().if_contains("segment")) fmt::print("{}\n", segment_line(*segment));
  }
}

void print_summary(const json::object& answer, bool) {
  fmt::print("{}\n", for_terminal(text_at(answer, "/summary")));
  const auto list = [&](std::string_view name, std::string_view title, const auto& line) {
    const auto* items = answer.if_contains(name);
    if (!items || !items->is_array() || items->get_array().empty()) return;
    fmt::print("\n{}\n", title);
    for (const auto& item : items->get_array()) fmt::print("- {}\n", for_terminal(line(item)));
  };
  list("decisions", "Decisions",
       [](const json::value& item) { return item.is_string() ? std::string(item.get_string()) : std::string(); });
  list("tasks", "Tasks", [](const json::value& item) {
    const auto who = text_at(item, "/who"), due = text_at(item, "/due");
    return fmt::format("{}{}{}{}", who, who.empty() ? "" : ": ", text_at(item, "/what"),
                       due.empty() ? "" : " (" + due + ")");
  });
  if (const auto left_out = text_at(answer, "/left_out"); !left_out.empty()) fmt::print("\n{}\n", left_out);
}

void print_participants(const json::object& answer, bool) {
  constexpr Column kColumns[]{{"name", "/name"},
                              {"first heard", "/first_heard_at"},
                              {"last heard", "/last_heard_at"},
                              {"spoken (ms)", "/spoken_ms"},
                              {"words", "/words"}};
  const auto* items = answer.if_contains("items");
  if (!items || !items->is_array() || items->get_array().empty()) {
    fmt::print("Nobody is known to have spoken.\n");
    return;
  }
  print_columns(items->get_array(), kColumns);
}

}  // namespace

int CommandLine::join_meeting() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  json::object body{{"link", args_.text}};
  if (!args_.kind.empty()) body["language"] = args_.kind;
  if (!args_.task.empty()) body["task"] = args_.task;
  if (!args_.display_name.empty()) body["bot_name"] = args_.display_name;
  if (!args_.room.empty()) body["room"] = args_.room;
  if (args_.days != 0) body["retention_days"] = args_.days;
  if (args_.all) body["summary"] = false;
  if (args_.record) body["recording"] = true;
  if (args_.recording_days != 0) body["recording_retention_days"] = args_.recording_days;
  Asker asker(config->settings, modules_);
  const auto answer = good_body(
      asker.ask({.method = "POST", .target = "/api/v1/meetings", .body = json::serialize(body)}), options_.output.json);
  if (!answer) return kFailed;
  print_answer(*answer, options_.output, print_meeting);
  if (asker.is_own() && !options_.output.json && !options_.output.quiet) say_unserved();
  return kDone;
}

int CommandLine::print_transcript() {
  auto answer = ask("GET",
                    fmt::format("/api/v1/meetings/{}/transcript?format={}", args_.number,
                                base::percent_encode(args_.kind.empty() ? "text" : args_.kind)),
                    {});
  if (!answer) return answer.error();
  // To standard error: a file that it is written to stays what it is, an empty one.
  if (answer->empty())
    fmt::print(stderr, "No words are kept of this meeting: nothing was said yet, or they are deleted.\n");
  fmt::print("{}{}", *answer, answer->empty() || answer->ends_with('\n') ? "" : "\n");
  return kDone;
}

/// Of a meeting that has ended; one that goes on would only be left by its bot.
int CommandLine::delete_meeting() {
  if (!args_.yes) {
    fmt::print(stderr, "troupe: this cannot be undone; say --yes to delete what was said and recorded in meeting {}\n",
               args_.number);
    return kWrongUse;
  }
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  const auto meeting = asker.object(
      {.method = "GET", .target = fmt::format("/api/v1/meetings/{}", args_.number), .body = {}}, options_.output.json);
  if (!meeting) return kFailed;
  if (text_at(*meeting, "/ended_at").empty()) {
    fmt::print(stderr, "troupe: meeting {} goes on: first troupe meeting leave {}\n", args_.number, args_.number);
    return kFailed;
  }
  const auto said = [](const json::object& deleted, bool quiet) {
    if (!quiet) fmt::print("What was said in meeting {} is deleted.\n", text_at(deleted, "/id"));
  };
  return call("DELETE", fmt::format("/api/v1/meetings/{}", args_.number), {}, said);
}

void CommandLine::add_meeting_commands() {
  auto* meeting = group(
      "meeting",
      "Bots in meetings: join, list, show, watch, transcript, summary, recordings, search, reconfigure, leave, delete");
  auto* join = add(meeting, "join", "Send a bot into a meeting", [this] { return join_meeting(); });
  join->add_option("link", args_.text, "The meeting's link, as people share it")->required();
  join->add_option("--language", args_.kind, "What is spoken, e.g. en (default: it is detected)");
  join->add_option("--task", args_.task, "transcribe (without it), or translate: into English");
  join->add_option("--keep-days", args_.days, "Delete the transcript so many days after the call");
  join->add_option("--name", args_.display_name, "How the bot is called in the call");
  join->add_option("--room", args_.room, "A room in which you are: the transcript is told there as a thread");
  join->add_flag("--no-summary", args_.all, "No model is to sum it up");
  auto* record = join->add_flag("--record", args_.record,
                                "Keep the sound; the call's chat is told, and where it has none tell them");
  join->add_option("--keep-recording-days", args_.recording_days, "Delete the recordings so many days after the call")
      ->needs(record);
  join->footer("Example: troupe meeting join https://meet.google.com/abc-defg-hij --language en");
  auto* list = add(meeting, "list", "The meetings there are, newest first", [this] {
    return call("GET",
                fmt::format("/api/v1/meetings?limit={}&state={}", args_.limit, base::percent_encode(args_.state)), {},
                print_meetings);
  });
  list->add_option("--state", args_.state, "Only those in this state, e.g. active");
  list->add_option("--limit", args_.limit, "At most so many (default 100)");
  const auto path = [this](std::string_view rest) { return fmt::format("/api/v1/meetings/{}{}", args_.number, rest); };
  auto* show = add(meeting, "show", "Every step that a meeting took",
                   [this, path] { return call("GET", path("/history"), {}, print_history); });
  auto* leave = add(meeting, "leave", "Have the bot leave",
                    [this, path] { return call("POST", path("/stop"), {}, print_meeting); });
  auto* reconfigure = add(meeting, "reconfigure", "Have the bot take another language or task", [this, path] {
    json::object body;
    if (!args_.kind.empty()) body["language"] = args_.kind == kDetected ? "" : args_.kind;
    if (!args_.text.empty()) body["task"] = args_.text;
    return call("POST", path("/reconfigure"), body, print_meeting);
  });
  reconfigure->add_option("--language", args_.kind, "What is spoken from now on, e.g. es; auto: it is detected");
  reconfigure->add_option("--task", args_.text, "transcribe or translate");
  reconfigure->footer("Example: troupe meeting reconfigure 12 --language es --task transcribe");
  auto* transcript = add(meeting, "transcript", "What was said in a meeting", [this] { return print_transcript(); });
  transcript->add_option("--format", args_.kind, "text (without it), srt, vtt or json");
  transcript->footer("Example: troupe meeting transcript 12 --format srt > call.srt");
  auto* summary = add(meeting, "summary", "What a model made of what was said: a text, decisions, tasks", [this, path] {
    if (args_.all) return call("POST", path("/summary"), {}, print_meeting);
    return call("GET", path("/summary"), {}, print_summary);
  });
  summary->add_flag("--make", args_.all, "Have one made that is not there, or has failed");
  auto* participants = add(meeting, "participants", "Who spoke, when and how much",
                           [this, path] { return call("GET", path("/participants"), {}, print_participants); });
  auto* watch =
      add(meeting, "watch", "Follow a meeting: its states, and what is said", [this] { return watch_meeting(); });
  watch->footer("Ends with the meeting: 0 when it is completed, 1 when it failed; Ctrl-C ends the looking on.");
  auto* search = add(meeting, "search", "Look for words in all transcripts", [this] {
    return call(
        "GET", fmt::format("/api/v1/transcripts/search?q={}&limit={}", base::percent_encode(args_.search), args_.limit),
        {}, print_found);
  });
  search->add_option("words", args_.search, "All of them must have been said")->required();
  search->add_option("--limit", args_.limit, "At most so many (default 100)");
  search->footer("Example: troupe meeting search \"budget october\"");
  auto* remove = add(meeting, "delete", "Delete what was said and recorded in a meeting that has ended",
                     [this] { return delete_meeting(); });
  remove->add_flag("--yes", args_.yes, "Do it");
  for (auto* command : {show, leave, reconfigure, transcript, summary, participants, watch, remove}) {
    command->add_option("meeting", args_.number, "The meeting's number")->required();
  }
  add_recording_commands(meeting);
}

}  // namespace troupe::app
