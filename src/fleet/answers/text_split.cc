#include "fleet/answers/text_split.h"

#include "base/encoding.h"

namespace troupe::fleet::answers {
namespace {

constexpr std::size_t kFenceRoom = 80;  ///< for closing a code block and opening it again

std::size_t json_size(unsigned char c) {
  if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f') return 2;
  return c < 0x20 ? 6 : 1;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// How many bytes of the text go into the next piece.
std::size_t piece_end(std::string_view text, std::size_t limit) {
  std::size_t size = 0;
  std::size_t end = 0;
  while (end < text.size() && size + json_size(static_cast<unsigned char>(text[end])) <= limit) {
    size += json_size(static_cast<unsigned char>(text[end]));
    ++end;
  }
  if (end == text.size()) return end;
  while (end > 0 && continues_character(text[end])) --end;
  // A border that a reader expects, unless it would make the piece very short.
  for (std::string_view border : {"\n\n", "\n", " "}) {
    auto at = text.substr(0, end).rfind(border);
    if (at != text.npos && at > end / 2) return at + border.size();
  }
  return end;
}

/// The line that opened the code block in which a text ends; empty: it ends outside.
std::string open_fence(std::string_view text, std::string fence) {
  while (!text.empty()) {
    auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.starts_with("```")) {
      if (fence.empty()) {
        fence = std::string(line.substr(0, 32));
      } else if (line.find_first_not_of("` \r") == line.npos) {
        fence.clear();
      }
    }
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return fence;
}

std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (base::is_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

}  // namespace

std::size_t json_size(std::string_view text) {
  std::size_t size = 0;
  for (unsigned char c : text) size += json_size(c);
  return size;
}

SplitText split_text(std::string_view text, std::size_t first_limit, std::size_t limit, std::size_t most) {
  SplitText split;
  std::string fence;
  while (!text.empty() && split.pieces.size() < most) {
    auto room = (split.pieces.empty() ? first_limit : limit) - kFenceRoom;
    auto end = piece_end(text, room);
    std::string piece = fence.empty() ? std::string() : fence + "\n";
    piece += text.substr(0, end);
    fence = open_fence(text.substr(0, end), std::move(fence));
    text.remove_prefix(end);
    if (!text.empty() && !fence.empty()) piece += piece.ends_with('\n') ? "```" : "\n```";
    split.pieces.push_back(std::move(piece));
  }
  split.rest = !text.empty();
  return split;
}

std::string clean_text(std::string_view text) {
  std::string out;
  if (base::is_utf8(text)) {
    out = text;
  } else {
    out.reserve(text.size());
    while (!text.empty()) {
      auto length = character_length(text);
      out += length ? text.substr(0, length) : std::string_view("\xef\xbf\xbd");
      text.remove_prefix(length ? length : 1);
    }
  }
  std::erase(out, '\0');
  return out;
}

}  // namespace troupe::fleet::answers
