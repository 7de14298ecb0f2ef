// troupe meeting …
#include <fmt/format.h>

#include <boost/json.hpp>

#include "app/cli_line.h"
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

}  // namespace

void CommandLine::add_meeting_commands() {
  auto* meeting = group("meeting", "Bots in meetings: join, list, show, reconfigure, leave");
  auto* join = add(meeting, "join", "Send a bot into a meeting", [this] {
    json::object body{{"link", args_.text}};
    if (!args_.kind.empty()) body["language"] = args_.kind;
    if (!args_.display_name.empty()) body["bot_name"] = args_.display_name;
    return call("POST", "/api/v1/meetings", body, print_meeting);
  });
  join->add_option("link", args_.text, "The meeting's link, as people share it")->required();
  join->add_option("--language", args_.kind, "What is spoken, e.g. en (default: it is detected)");
  join->add_option("--name", args_.display_name, "How the bot is called in the call");
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
                   [this, path] { return call("GET", path("/history"), {}, Show::raw); });
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
  for (auto* command : {show, leave, reconfigure}) {
    command->add_option("meeting", args_.number, "The meeting's number")->required();
  }
}

}  // namespace troupe::app
