#include "fleet/reply_content.h"

#include "base/crypto.h"
#include "fleet/rules.h"

namespace troupe::fleet {
namespace {

/// Of a part's text as it is written in JSON; leaves room for the rest of an event of 65,536 bytes, and for the HTML.
constexpr std::size_t kMaxEscapedBytes = 28'000;
constexpr std::string_view kCutMark = "… (cut)";

std::size_t escaped_size(unsigned char c) {
  if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f') return 2;
  return c < 0x20 ? 6 : 1;
}

std::size_t escaped_size(std::string_view text) {
  std::size_t size = 0;
  for (unsigned char c : text) size += escaped_size(c);
  return size;
}

/// How many bytes of the text go into the next part.
std::size_t part_end(std::string_view text) {
  std::size_t size = 0;
  std::size_t end = 0;
  while (end < text.size() && size + escaped_size(static_cast<unsigned char>(text[end])) <= kMaxEscapedBytes) {
    size += escaped_size(static_cast<unsigned char>(text[end]));
    ++end;
  }
  if (end == text.size()) return end;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  // A border that a reader expects, unless it would make the part very short.
  for (std::string_view border : {"\n\n", "\n", " "}) {
    auto at = text.substr(0, end).rfind(border);
    if (at != text.npos && at > end / 2) return at + border.size();
  }
  return end;
}

std::string hash_key(std::string_view bot_user_id, std::string_view event_id, std::string_view purpose) {
  std::string bytes;
  for (auto piece : {bot_user_id, event_id, purpose}) {
    bytes += piece;
    bytes += '\0';
  }
  return base::base64url(base::sha256(bytes)).substr(0, 32);
}

}  // namespace

boost::json::array reply_contents(const Reply& reply, const ReplyTarget& target) {
  std::string text = reply.text;
  std::erase(text, '\0');
  boost::json::array contents;
  std::string_view rest = text;
  while (!rest.empty()) {
    auto end = part_end(rest);
    std::string body(rest.substr(0, end));
    rest.remove_prefix(end);
    bool last = contents.size() + 1 == kMaxParts;
    if (last && !rest.empty()) {
      body += kCutMark;
      rest = {};
    }
    boost::json::object content{{"msgtype", target.msgtype}, {"body", body}, {"m.mentions", boost::json::object()}};
    content[kBotMark] = {{"bot", target.bot_id}, {"hops", target.hops}, {"answers", target.event_id}};
    bool whole = contents.empty() && rest.empty();
    if (whole && !reply.html.empty() && reply.html.find('\0') == std::string::npos &&
        escaped_size(reply.html) <= kMaxEscapedBytes) {
      content["format"] = "org.matrix.custom.html";
      content["formatted_body"] = reply.html;
    }
    if (!target.thread_root.empty()) {
      content["m.relates_to"] = {{"rel_type", "m.thread"},
                                 {"event_id", target.thread_root},
                                 {"is_falling_back", true},
                                 {"m.in_reply_to", {{"event_id", target.event_id}}}};
    } else if (target.quote && contents.empty()) {
      content["m.relates_to"] = {{"m.in_reply_to", {{"event_id", target.event_id}}}};
    }
    contents.push_back(std::move(content));
  }
  return contents;
}

std::string transaction_id(std::string_view bot_user_id, std::string_view event_id, std::size_t part) {
  return "troupe." + hash_key(bot_user_id, event_id, std::to_string(part));
}

std::string idempotency_key(std::string_view bot_user_id, std::string_view event_id) {
  return hash_key(bot_user_id, event_id, "question");
}

}  // namespace troupe::fleet
