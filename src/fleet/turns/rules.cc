#include "fleet/turns/rules.h"

#include "fleet/answers/text_split.h"
#include "matrix/ids.h"

namespace troupe::fleet {
namespace {

using matrix::find_object;
using matrix::find_string;

/// Drops the "> <@user> quoted" lines that older clients put in front of a reply, with the empty line after them.
std::string_view without_quote(std::string_view body) {
  if (!body.starts_with("> ")) return body;
  auto rest = body;
  while (rest.starts_with("> ")) {
    auto end = rest.find('\n');
    if (end == rest.npos) return body;
    rest.remove_prefix(end + 1);
  }
  if (!rest.starts_with("\n")) return body;
  rest.remove_prefix(1);
  return rest;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::ranges::equal(text.substr(0, start.size()), start, [](char a, char b) { return lower(a) == lower(b); });
}

/// What follows a name at the start of a text ("name: …", "name, …"); nothing when the name is not there.
std::optional<std::string_view> after_name(std::string_view text, std::string_view name) {
  if (name.empty() || !starts_with_ignoring_case(text, name)) return std::nullopt;
  auto rest = text.substr(name.size());
  if (rest.empty() || (rest.front() != ':' && rest.front() != ',')) return std::nullopt;
  rest.remove_prefix(1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

/// What follows a word at the start of a text.
std::optional<std::string_view> after_word(std::string_view text, std::string_view word) {
  if (word.empty() || !starts_with_ignoring_case(text, word)) return std::nullopt;
  auto rest = text.substr(word.size());
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\n') return std::nullopt;
  while (rest.starts_with(' ') || rest.starts_with('\n')) rest.remove_prefix(1);
  return rest;
}

/// The rest of a text that begins by calling the reader; nothing when it does not.
std::optional<std::string_view> after_call(std::string_view text, const Reader& reader) {
  auto parts = matrix::parse_user_id(reader.user_id);
  auto localpart = parts ? parts->localpart : std::string_view();
  for (auto name : {reader.user_id, reader.display_name, reader.bot_id, localpart}) {
    auto at = text.starts_with('@') && !name.starts_with('@') ? text.substr(1) : text;
    if (auto rest = after_name(at, name)) return rest;
  }
  if (auto rest = after_word(text, reader.user_id)) return rest;
  return after_word(text, "!" + std::string(reader.bot_id));
}

/// What a message says about its file; nothing when it has none that a bot can read (an encrypted one has no address).
std::optional<Attachment> read_attachment(const boost::json::object& content, std::string_view msgtype) {
  constexpr std::size_t kMaxNameBytes = 255;
  Attachment file;
  if (msgtype == "m.image") {
    file.kind = AttachmentKind::image;
  } else if (msgtype == "m.audio") {
    file.kind = AttachmentKind::audio;
  } else if (msgtype == "m.video") {
    file.kind = AttachmentKind::video;
  } else if (msgtype != "m.file") {
    return std::nullopt;
  }
  auto url = find_string(content, "url").value_or("");
  if (!url.starts_with("mxc://") || url.size() > 512) return std::nullopt;
  file.mxc = url;
  auto name = find_string(content, "filename").value_or(find_string(content, "body").value_or(""));
  // Names travel on to other services: no folders in them.
  if (auto slash = name.find_last_of("/\\"); slash != name.npos) name = name.substr(slash + 1);
  file.name = clean_text(name.substr(0, kMaxNameBytes));
  if (const auto* info = find_object(content, "info")) {
    file.mime = find_string(*info, "mimetype").value_or("").substr(0, 100);
    file.bytes = std::max<std::int64_t>(0, matrix::find_integer(*info, "size").value_or(0));
  }
  file.voice = content.contains("org.matrix.msc3245.voice") || content.contains("m.voice");
  return file;
}

}  // namespace

std::optional<Message> read_message(const matrix::FeedEvent& event) {
  if (event.type != "m.room.message" || event.state_key) return std::nullopt;
  auto msgtype = find_string(event.content, "msgtype").value_or("");
  auto file = read_attachment(event.content, msgtype);
  if (msgtype != "m.text" && msgtype != "m.emote" && msgtype != "m.notice" && !file) return std::nullopt;
  auto body = find_string(event.content, "body");
  if (!body) return std::nullopt;
  Message message;
  message.msgtype = msgtype;
  message.notice = msgtype == "m.notice";
  std::string_view text = *body;
  if (file) {
    // A body that is not the name is a caption.
    if (find_string(event.content, "filename").value_or(text) == text) text = {};
    message.attachments.push_back(*std::move(file));
  }
  if (const auto* relation = find_object(event.content, "m.relates_to")) {
    auto kind = find_string(*relation, "rel_type").value_or("");
    if (kind == "m.replace") return std::nullopt;
    if (kind == "m.thread") message.thread_root = find_string(*relation, "event_id").value_or("");
    if (const auto* reply = find_object(*relation, "m.in_reply_to")) {
      // In a thread the relation may only be there for clients that know no threads.
      bool fallback = kind == "m.thread" && matrix::find_bool(*relation, "is_falling_back").value_or(false);
      if (!fallback) message.replies_to = find_string(*reply, "event_id").value_or("");
      text = without_quote(text);
    }
  }
  message.text = text;
  if (const auto* mark = find_object(event.content, kBotMark)) {
    message.by_bot = true;
    // A mark with a strange count counts as far away: it must not restart a loop.
    message.hops = matrix::find_integer(*mark, "hops").value_or(kMaxHops);
    if (message.hops < 1) message.hops = kMaxHops;
  }
  return message;
}

bool is_mentioned(const Message& message, const boost::json::object& content, const Reader& reader) {
  if (const auto* mentions = find_object(content, "m.mentions")) {
    if (const auto* users = matrix::find_array(*mentions, "user_ids")) {
      for (const auto& user : *users) {
        if (user.is_string() && matrix::view(user.get_string()) == reader.user_id) return true;
      }
    }
  } else {
    // Clients from before m.mentions: a link to the bot, or its whole id in the text.
    auto formatted = find_string(content, "formatted_body").value_or("");
    if (formatted.find("matrix.to/#/" + std::string(reader.user_id)) != formatted.npos) return true;
    if (message.text.find(reader.user_id) != std::string::npos) return true;
  }
  return after_call(message.text, reader).has_value();
}

std::string strip_mention(std::string_view text, const Reader& reader) {
  return std::string(after_call(text, reader).value_or(text));
}

bool is_addressed(const Message& message, const boost::json::object& content, const Reader& reader,
                  const Surroundings& around) {
  // Two bots in a thread would go on for ever: there each is called by name.
  bool called = around.replies_to_reader || is_mentioned(message, content, reader);
  if (!message.thread_root.empty() && around.other_bot_in_thread) return called;
  if (reader.respond == Respond::always) return true;
  if (around.joined_members <= 2 && reader.respond == Respond::automatic) return true;
  if (called) return true;
  return reader.respond == Respond::automatic && !message.thread_root.empty() && around.reader_in_thread &&
         around.only_bot && !around.sender_is_bot;
}

}  // namespace troupe::fleet
