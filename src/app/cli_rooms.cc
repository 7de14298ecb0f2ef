// troupe room …
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <thread>

#include "app/cli_line.h"
#include "base/encoding.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
constexpr std::size_t kMaxTextBytes = 64UL * 1024;

/// What was said: the text, or what stands for it where there is none.
std::string said(const json::value& message) {
  const auto type = text_at(message, "/content/msgtype");
  auto body = text_at(message, "/content/body");
  if (text_at(message, "/type") == "m.room.encrypted") return "(encrypted)";
  if (type.empty() && body.empty()) return "(removed)";
  for (const auto& [kind, name] : {std::pair("m.image", "image"), std::pair("m.file", "file"),
                                   std::pair("m.audio", "audio"), std::pair("m.video", "video")}) {
    if (type != kind) continue;
    // With a file name of its own the body is what was said about the file.
    const auto file = text_at(message, "/content/filename");
    if (file.empty() || file == body) return fmt::format("[{} {}]", name, body);
    return fmt::format("[{} {}] {}", name, file, body);
  }
  return body;
}

void print_message(const json::value& message) {
  const auto sender = for_terminal(text_at(message, "/sender"));
  const auto type = text_at(message, "/content/msgtype");
  const auto head =
      fmt::format("{}  {}", local_time(text_at(message, "/at")), type == "m.emote" ? "* " + sender : sender);
  fmt::print("{}{} {}{}\n", head, type == "m.emote" ? "" : ":", lines_for_terminal(said(message), "    "),
             text_at(message, "/edited") == "true" ? "  (edited)" : "");
}

/// Oldest first, as one reads.
void print_messages(const json::object& answer, bool) {
  const auto* items = answer.if_contains("items");
  if (!items || !items->is_array() || items->get_array().empty()) {
    fmt::print("Nothing was said yet.\n");
    return;
  }
  const auto& messages = items->get_array();
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) print_message(*message);
}

void print_made_room(const std::string& name, const json::object& answer, bool quiet) {
  const auto id = text_at(answer, "/room_id"), alias = text_at(answer, "/canonical_alias");
  if (quiet) {
    fmt::print("{}\n", id);
  } else {
    fmt::print("{} is made.\nroom_id: {}\n", for_terminal(name), id);
    if (!alias.empty()) fmt::print("alias: {}\n", alias);
  }
}

/// How many of the invited are bots that run, and so come in by themselves.
std::int64_t coming(Asker& asker, const std::vector<std::string>& invited) {
  constexpr std::string_view kBot = "bot_";
  std::int64_t count = 0;
  for (std::string_view user : invited) {
    if (user.starts_with('@')) user.remove_prefix(1);
    user = user.substr(0, user.find(':'));
    if (!user.starts_with(kBot)) continue;
    auto reply = asker.ask(
        {.method = "GET", .target = "/api/v1/bots/" + base::percent_encode(user.substr(kBot.size())), .body = {}});
    boost::system::error_code failed;
    const auto bot = reply ? json::parse(reply->body, failed) : json::value();
    if (!failed && text_at(bot, "/state") == "running") ++count;
  }
  return count;
}

/// What is said before a bot came in is not for it: the command ends when those that run are there. False: not in time.
bool wait_for_bots(Asker& asker, const std::string& room_id, const std::vector<std::string>& invited) {
  constexpr auto kPatience = std::chrono::seconds(10);
  constexpr auto kLookEvery = std::chrono::milliseconds(50);
  const auto wanted = asker.is_own() ? 0 : coming(asker, invited);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (wanted > 0) {
    auto reply = asker.ask({.method = "GET", .target = "/api/v1/rooms/" + base::percent_encode(room_id), .body = {}});
    boost::system::error_code failed;
    const auto room = reply ? json::parse(reply->body, failed) : json::value();
    const auto* members = room.is_object() ? room.get_object().if_contains("joined_members") : nullptr;
    if (members && members->is_int64() && members->get_int64() > wanted) return true;
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(kLookEvery);
  }
  return true;
}

void print_rooms(const json::object& answer, bool quiet) {
  const auto* items = answer.if_contains("items");
  if (!items || !items->is_array()) return;
  if (quiet) {
    for (const auto& room : items->get_array()) fmt::print("{}\n", text_at(room, "/room_id"));
    return;
  }
  constexpr Column kColumns[] = {{"room_id", "/room_id"},
                                 {"name", "/name"},
                                 {"alias", "/canonical_alias"},
                                 {"members", "/joined_members"},
                                 {"encrypted", "/encrypted"}};
  print_columns(items->get_array(), kColumns);
}

}  // namespace

int CommandLine::create_room(const json::object& body) {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  auto made =
      asker.object({.method = "POST", .target = "/api/v1/rooms", .body = json::serialize(body)}, options_.output.json);
  if (!made) return kFailed;
  const bool there = wait_for_bots(asker, text_at(*made, "/room_id"), args_.invite);
  print_answer(json::serialize(*made), options_.output,
               [this](const json::object& answer, bool quiet) { print_made_room(args_.name, answer, quiet); });
  if (!there) fmt::print(stderr, "troupe: a bot has not come in yet; what is said before it does is not for it\n");
  return kDone;
}

void CommandLine::add_room_commands() {
  auto* room = group("room", "Rooms: make, list, send, read");
  auto* make = add(room, "create", "Make a room", [this] {
    json::object body{{"creator", args_.sender}, {"name", args_.name}, {"public", args_.is_public}};
    body["invite"] = json::array(args_.invite.begin(), args_.invite.end());
    if (!args_.alias.empty()) body["alias"] = args_.alias;
    if (!args_.topic.empty()) body["topic"] = args_.topic;
    return create_room(body);
  });
  make->add_option("name", args_.name, "The room's name")->required();
  make->add_option("--as", args_.sender, "Who makes it (default admin)");
  make->add_option("--invite", args_.invite, "Whom to invite; may be repeated");
  make->add_option("--alias", args_.alias, "Its address: hall for #hall:your.server");
  make->add_option("--topic", args_.topic, "What it is about");
  make->add_flag("--public", args_.is_public, "Anybody may join");
  make->footer("Example: troupe room create Garden --alias garden --as anna --invite @bot_parrot:localhost");

  auto* list = add(room, "list", "The rooms that an account is in", [this] {
    return call("GET", "/api/v1/rooms?user_id=" + base::percent_encode(args_.sender), {}, print_rooms);
  });
  list->add_option("--as", args_.sender, "Whose rooms (default admin)");

  auto* send = add(room, "send", "Send a text message", [this] {
    auto text = args_.text == "-" ? read_input("-", kMaxTextBytes) : args_.text;
    if (!text) return kWrongUse;
    json::object body{{"sender", args_.sender}, {"text", *text}};
    return call("POST", room_path("/send"), body, [](const json::object& answer, bool quiet) {
      fmt::print("{}{}\n", quiet ? "" : "Sent: ", text_at(answer, "/event_id"));
    });
  });
  send->add_option("room", args_.room, "Room id or alias")->required();
  send->add_option("text", args_.text, "The message; - reads standard input")->required();
  send->add_option("--as", args_.sender, "Who sends it (default admin)");
  send->footer("Example: troupe room send '#garden:localhost' 'hello' --as anna");

  for (const auto* verb : {"invite", "join"}) {
    const bool invite = verb == std::string("invite");
    auto* command = add(room, verb, invite ? "Invite somebody" : "Let somebody join", [this, verb = std::string(verb)] {
      json::object body{{"user_id", args_.user_id}};
      if (verb == "invite") body["sender"] = args_.sender;
      return call("POST", room_path("/" + verb), body);
    });
    command->add_option("room", args_.room, "Room id or alias")->required();
    command->add_option("user", args_.user_id, "Who, e.g. anna or @anna:localhost")->required();
    if (invite) command->add_option("--as", args_.sender, "Who invites (default admin)");
  }

  auto* messages = add(room, "messages", "What was said in a room, the newest last", [this] {
    return call("GET",
                room_path(fmt::format("/messages?user_id={}&limit={}", base::percent_encode(args_.sender),
                                      std::min(args_.limit, 100))),
                {}, print_messages);
  });
  messages->add_option("room", args_.room, "Room id or alias")->required();
  messages->add_option("--as", args_.sender, "As whom to read (default admin)");
  messages->add_option("--limit", args_.limit, "The newest so many (1 to 100)")->check(CLI::Range(1, 100));
  messages->footer("Example: troupe room messages '#garden:localhost' --as anna --limit 20");
}

}  // namespace troupe::app
