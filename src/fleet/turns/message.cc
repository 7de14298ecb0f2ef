#include "fleet/turns/message.h"

#include <algorithm>

#include "fleet/answers/command_content.h"
#include "fleet/answers/reply_content.h"
#include "fleet/answers/text_split.h"
#include "matrix/json.h"

namespace troupe::fleet::turns {
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

/// What a message says about its file; nothing when it has none that a bot can read.
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
  const auto* sealed = find_object(content, "file");  // in an encrypted room
  auto url = find_string(sealed ? *sealed : content, "url").value_or("");
  if (!url.starts_with("mxc://") || url.size() > 512) return std::nullopt;
  file.mxc = url;
  if (sealed != nullptr) file.sealed = *sealed;
  auto name = find_string(content, "filename").value_or(find_string(content, "body").value_or(""));
  // Names travel on to other services: no folders in them.
  if (auto slash = name.find_last_of("/\\"); slash != name.npos) name = name.substr(slash + 1);
  file.name = answers::clean_text(name.substr(0, kMaxNameBytes));
  if (const auto* info = find_object(content, "info")) {
    file.mime = find_string(*info, "mimetype").value_or("").substr(0, 100);
    file.bytes = std::max<std::int64_t>(0, matrix::find_integer(*info, "size").value_or(0));
  }
  file.voice = content.contains("org.matrix.msc3245.voice") || content.contains("m.voice");
  return file;
}

/// Whom a message mentions; clients from before m.mentions link to them.
void read_mentions(const boost::json::object& content, Message& message) {
  if (const auto* mentions = find_object(content, "m.mentions")) {
    message.says_whom = true;
    const auto* users = matrix::find_array(*mentions, "user_ids");
    if (users == nullptr) return;
    for (const auto& user : *users) {
      if (user.is_string()) message.mentions.emplace_back(matrix::view(user.get_string()));
    }
    return;
  }
  constexpr std::string_view kLink = "matrix.to/#/";
  const auto formatted = find_string(content, "formatted_body").value_or("");
  for (auto at = formatted.find(kLink); at != formatted.npos; at = formatted.find(kLink, at)) {
    at += kLink.size();
    const auto end = formatted.find_first_of("\"'<>?&/ \n", at);
    message.mentions.emplace_back(formatted.substr(at, end == formatted.npos ? formatted.npos : end - at));
  }
}

Heard::Kind kind_of(const matrix::FeedEvent& event) {
  using enum Heard::Kind;
  if (event.state_key) {
    if (event.type == "m.room.member") return membership;
    return event.type == "m.room.encryption" ? encryption : other;
  }
  if (event.type == "m.room.message") return message;
  if (event.type == "m.reaction") return reaction;
  if (event.type == "m.room.encrypted") return encrypted;
  return event.type == "m.room.redaction" ? redaction : other;
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
  read_mentions(event.content, message);
  // What its client made of a command's text is the client's business; it says in the mention whose command it is.
  if (auto command = answers::command_text(event.content); command && !message.mentions.empty()) {
    message.text = *std::move(command);
  }
  if (const auto* mark = find_object(event.content, answers::kBotMark)) {
    message.by_bot = true;
    // A mark with a strange count counts as far away: it must not restart a loop.
    message.hops = matrix::find_integer(*mark, "hops").value_or(answers::kMaxHops);
    if (message.hops < 1) message.hops = answers::kMaxHops;
  }
  return message;
}

Heard hear(matrix::FeedEvent event) {
  Heard heard{.kind = kind_of(event), .event = std::move(event)};
  const auto& content = heard.event.content;
  switch (heard.kind) {
    case Heard::Kind::membership:
      heard.membership = find_string(content, "membership").value_or("");
      break;
    case Heard::Kind::message:
      heard.message = read_message(heard.event);
      heard.by_bot = content.contains(answers::kBotMark);
      break;
    case Heard::Kind::reaction:
      if (const auto* relation = find_object(content, "m.relates_to")) {
        heard.target = find_string(*relation, "event_id").value_or("");
        heard.key = find_string(*relation, "key").value_or("");
      }
      break;
    case Heard::Kind::redaction:
      heard.target = find_string(content, "redacts").value_or("");
      break;
    default:
      break;
  }
  return heard;
}

}  // namespace troupe::fleet::turns
