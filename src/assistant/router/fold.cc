#include "assistant/router/fold.h"

#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace troupe::assistant::router {
namespace {

constexpr char32_t kMalformed = 0xFFFD;

/// One code point from the front of `text`, which it shortens.
char32_t take(std::string_view& text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  text.remove_prefix(1);
  if (lead < 0x80) return lead;
  const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
  if (more == 0 || lead > 0xF4 || text.size() < more) return kMalformed;
  char32_t code = lead & (0x3F >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) return kMalformed;
    code = (code << 6) | (next & 0x3F);
  }
  text.remove_prefix(more);
  return code;
}

// The base letters of U+00C0 to U+017F, in their case; '*' has two letters or none: see pair_of.
constexpr std::string_view kLatin =
    "AAAAAA*CEEEEIIIIDNOOOOO OUUUUY**aaaaaa*ceeeeiiiidnooooo ouuuuy*y"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi**JjKkkLlLlLlL"
    "lLlNnNnNnnNnOoOoOo**RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
static_assert(kLatin.size() == 0x180 - 0xC0);

std::string_view pair_of(char32_t code) {
  switch (code) {
    case 0xC6:
      return "AE";
    case 0xE6:
      return "ae";
    case 0xDE:
      return "TH";
    case 0xFE:
      return "th";
    case 0xDF:
      return "ss";
    case 0x132:
      return "IJ";
    case 0x133:
      return "ij";
    case 0x152:
      return "OE";
    default:
      return "oe";
  }
}

/// What stands for a code point outside ASCII when that is something plain; nothing: it stays.
const char* plain_of(char32_t code) {
  if (code >= 0x300 && code <= 0x36F) return "";  // combining marks
  if (code >= 0x80 && code <= 0xA0) return " ";
  if (code >= 0x2000 && code <= 0x200A) return " ";
  if ((code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E)) return "";
  if ((code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || code == 0xAD) return "";
  if (code >= 0xFE00 && code <= 0xFE0F) return "";  // variation selectors
  if (code == 0x2028 || code == 0x2029) return "\n";
  if (code == 0x2018 || code == 0x2019 || code == 0x201A || code == 0x201B || code == 0xB4) return "'";
  if (code >= 0x201C && code <= 0x201F) return "\"";
  if (code == 0xAB || code == 0xBB || code == 0x2039 || code == 0x203A) return "\"";
  if (code >= 0x2010 && code <= 0x2015) return "-";
  if (code >= 0x2016 && code <= 0x205E) return " ";  // other punctuation
  if (code >= 0x2190 && code <= 0x2BFF) return " ";  // arrows, signs, symbols
  if (code >= 0x3000 && code <= 0x3003) return " ";
  if (code >= 0x1F000 && code <= 0x1FAFF) return " ";  // pictures
  if (code >= 0xE000 && code <= 0xF8FF) return " ";    // private use
  if (code >= 0xE0000 || code == kMalformed) return " ";
  return nullptr;
}

void put_ascii(Folded& out, char c) {
  const bool capital = c >= 'A' && c <= 'Z';
  if ((c < ' ' && c != '\n') || c == 0x7F) c = ' ';
  out.text += capital ? static_cast<char>(c - 'A' + 'a') : c;
  out.upper += capital ? '^' : ' ';
}

}  // namespace

Folded fold(std::string_view text) {
  text = text.substr(0, kMostBytes);
  Folded out;
  out.text.reserve(text.size() + 8);
  out.upper.reserve(text.size() + 8);
  while (!text.empty()) {
    char32_t code = take(text);
    if (code >= 0xFF01 && code <= 0xFF5E) code -= 0xFF01 - U'!';
    if (code < 0x80) {
      put_ascii(out, static_cast<char>(code));
    } else if (code >= 0xC0 && code < 0x180) {
      const char base = kLatin[code - 0xC0];
      for (char c : base == '*' ? pair_of(code) : std::string_view(&base, 1)) put_ascii(out, c);
    } else if (const char* plain = plain_of(code)) {
      for (const char* c = plain; *c != '\0'; ++c) put_ascii(out, *c);
    } else {
      base::append_utf8(out.text, code);
      out.upper.resize(out.text.size(), ' ');
    }
  }
  return out;
}

}  // namespace troupe::assistant::router
