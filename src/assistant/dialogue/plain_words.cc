#include "assistant/dialogue/plain_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "assistant/tasks/redactor.h"
#include "base/encoding.h"
#include "base/unruly.h"

namespace troupe::assistant::dialogue {
namespace {

constexpr std::string_view kWordJoiner = "\xE2\x81\xA0";

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80U;
}

/// Whether the character would be more than itself in Markdown or HTML.
bool is_markup(std::string_view text, std::size_t at, bool first) {
  const char c = text[at];
  if (std::string_view("\\`*<[~").contains(c)) return true;
  if (c == '_') return at == 0 || at + 1 == text.size() || !is_word(text[at - 1]) || !is_word(text[at + 1]);
  if (c == '&') return text.substr(at, 12).contains(';');
  return first && std::string_view("#>+-=|").contains(c);
}

}  // namespace

std::string plain(std::string_view text, std::size_t most) {
  std::string out;
  bool blank = true;
  bool cut = text.size() > most + 4;
  auto end = std::min(text.size(), most + 4);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  const auto whole = tasks::storable(text.substr(0, end));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (out.size() >= most) {
      cut = true;
      break;
    }
    const char c = whole[at];
    const auto skipped = base::unruly(std::string_view(whole).substr(at));
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7F' || skipped > 0) {
      if (!blank) out += ' ';
      blank = true;
      at += std::max<std::size_t>(skipped, 1) - 1;
      continue;
    }
    if (is_markup(whole, at, out.empty())) out += '\\';
    out += c;
    if (std::string_view(whole).substr(at).starts_with("@room")) out += kWordJoiner;  // it would call everybody
    blank = false;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  if (cut) {
    while (!out.empty() && !base::is_utf8(out)) out.pop_back();  // the last character may be half there
    out += "…";
  }
  return out;
}

std::string in_order(std::string_view json) {
  std::string out;
  for (std::size_t at = 0; at < json.size();) {
    const auto skipped = base::unruly(json.substr(at));
    if (skipped == 0) {
      out += json[at++];
      continue;
    }
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(json[at + i]) & 0x3FU; };
    fmt::format_to(std::back_inserter(out), "\\u{:04x}",
                   skipped == 2 ? 0x80U + (byte(1) & 0x1FU) : 0x2000U + byte(1) * 64 + byte(2));
    at += skipped;
  }
  return out;
}

std::string fenced(std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  return fence + "\n" + std::string(text) + "\n" + fence;
}

}  // namespace troupe::assistant::dialogue
