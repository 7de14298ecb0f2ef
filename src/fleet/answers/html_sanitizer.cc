#include "fleet/answers/html_sanitizer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/html.h"
#include "base/text.h"
#include "base/utf8.h"

namespace troupe::fleet::answers {
namespace {

constexpr std::size_t kMaxDepth = 50;
constexpr std::size_t kMaxAttributeBytes = 2'048;

constexpr auto kTags = std::to_array<std::string_view>(
    {"a",      "b",   "blockquote", "br",  "caption", "code",  "del", "details", "div",   "em",  "h1", "h2",   "h3",
     "h4",     "h5",  "h6",         "hr",  "i",       "img",   "li",  "ol",      "p",     "pre", "s",  "span", "strike",
     "strong", "sub", "summary",    "sup", "table",   "tbody", "td",  "th",      "thead", "tr",  "u",  "ul"});
constexpr auto kVoid = std::to_array<std::string_view>({"br", "hr", "img"});
/// What these hold is no text.
constexpr auto kDropped = std::to_array<std::string_view>({"script", "style", "title", "textarea", "noscript", "iframe",
                                                           "object", "template", "svg", "math", "mx-reply", "head"});

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// The length of an entity at the front of a text, with its semicolon; 0: none.
std::size_t entity_length(std::string_view text) {
  constexpr std::size_t kMaxEntity = 34;
  auto end = text.substr(0, kMaxEntity).find(';');
  if (end == text.npos || end < 2) return 0;
  auto name = text.substr(1, end - 1);
  if (name.front() == '#') {
    name.remove_prefix(1);
    bool hex = !name.empty() && (name.front() == 'x' || name.front() == 'X');
    if (hex) name.remove_prefix(1);
    auto fits = [hex](char c) { return is_digit(c) || (hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))); };
    return !name.empty() && name.size() <= 7 && std::ranges::all_of(name, fits) ? end + 1 : 0;
  }
  auto fits = [](char c) { return is_letter(c) || is_digit(c); };
  return std::ranges::all_of(name, fits) ? end + 1 : 0;
}

/// Text between tags: entities stay as they are.
void append_text(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '&') {
      if (auto length = entity_length(text.substr(at))) {
        out += text.substr(at, length);
        at += length - 1;
        continue;
      }
    }
    base::append_html_escaped(out, text.substr(at, 1));
  }
}

/// What is no character that HTML may have is left out.
void append_character(std::string& out, std::uint32_t code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return;
  base::append_utf8(out, static_cast<char32_t>(code));
}

/// An attribute's value without entities. Names that are not known stay as they are: no scheme on the list needs one.
std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto length = text[at] == '&' ? entity_length(text.substr(at)) : 0;
    if (length == 0) {
      if (text[at] != '\0') out += text[at];
      continue;
    }
    auto name = text.substr(at + 1, length - 2);
    if (name.front() == '#') {
      bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
      auto digits = name.substr(hex ? 2 : 1);
      std::uint32_t code = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
      append_character(out, code);
    } else if (name == "amp") {
      out += '&';
    } else if (name == "lt") {
      out += '<';
    } else if (name == "gt") {
      out += '>';
    } else if (name == "quot") {
      out += '"';
    } else if (name == "apos") {
      out += '\'';
    } else {
      out += text.substr(at, length);
    }
    at += length - 1;
  }
  return out;
}

bool is_web_link(std::string_view url) {
  auto start = base::ascii_lower(url.substr(0, 8));
  bool known = start.starts_with("https://") || start.starts_with("http://") || start.starts_with("mailto:");
  return known && std::ranges::none_of(url, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit);
}

bool is_color(std::string_view text) {
  auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  return text.size() == 7 && text.front() == '#' && std::ranges::all_of(text.substr(1), is_hex);
}

/// Whether an attribute passes, with this value.
bool passes(std::string_view tag, std::string_view name, std::string_view value) {
  if (tag == "a") return name == "href" && is_web_link(value);
  if (tag == "img") {
    if (name == "src") return value.starts_with("mxc://");
    if (name == "width" || name == "height") return is_number(value);
    return name == "alt" || name == "title";
  }
  if (tag == "ol") return name == "start" && is_number(value);
  if (tag == "code") {
    auto fits = [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '+' || c == '#' || c == '_'; };
    return name == "class" && value.starts_with("language-") && value.size() <= 64 && std::ranges::all_of(value, fits);
  }
  if (tag == "span") {
    if (name == "data-mx-color" || name == "data-mx-bg-color") return is_color(value);
    return name == "data-mx-spoiler";
  }
  return false;
}

class Sanitizer {
 public:
  explicit Sanitizer(std::string_view html) : rest_(html) {}

  std::string run() {
    while (!rest_.empty()) {
      auto tag = rest_.find('<');
      if (dropping_.empty()) append_text(out_, rest_.substr(0, tag));
      if (tag == rest_.npos) break;
      rest_.remove_prefix(tag);
      take_markup();
    }
    while (!open_.empty()) close();
    return std::move(out_);
  }

 private:
  void take_markup() {
    if (rest_.starts_with("<!--")) {
      auto end = rest_.find("-->", 4);
      rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 3);
      return;
    }
    bool ending = rest_.starts_with("</");
    auto first = ending ? 2U : 1U;
    if (rest_.size() > first && (is_letter(rest_[first]))) {
      take_tag(first, ending);
      return;
    }
    if (rest_.size() > 1 && (rest_[1] == '!' || rest_[1] == '?' || ending)) {  // a declaration, or a broken end
      auto end = rest_.find('>');
      rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
      return;
    }
    if (dropping_.empty()) out_ += "&lt;";
    rest_.remove_prefix(1);
  }

  void take_tag(std::size_t at, bool ending) {
    auto begin = at;
    while (at < rest_.size() && !is_space(rest_[at]) && rest_[at] != '>' && rest_[at] != '/') ++at;
    auto name = base::ascii_lower(rest_.substr(begin, at - begin));
    struct Attribute {
      std::string name;
      std::string value;
    };
    std::vector<Attribute> attributes;
    while (at < rest_.size() && rest_[at] != '>') {
      if (is_space(rest_[at]) || rest_[at] == '/' || rest_[at] == '=') {
        ++at;
        continue;
      }
      auto start = at;
      while (at < rest_.size() && !is_space(rest_[at]) && rest_[at] != '>' && rest_[at] != '/' && rest_[at] != '=')
        ++at;
      Attribute attribute{.name = base::ascii_lower(rest_.substr(start, at - start)), .value = {}};
      auto after = at;
      while (after < rest_.size() && is_space(rest_[after])) ++after;
      if (after < rest_.size() && rest_[after] == '=') at = take_value(after + 1, attribute.value);
      bool known = std::ranges::any_of(attributes, [&](const auto& a) { return a.name == attribute.name; });
      if (!known && attributes.size() < 16) attributes.push_back(std::move(attribute));
    }
    rest_.remove_prefix(std::min(rest_.size(), at + 1));
    if (!dropping_.empty()) {
      if (ending && name == dropping_) dropping_.clear();
      return;
    }
    if (is_one_of(kDropped, name)) {
      if (!ending) dropping_ = name;
      return;
    }
    if (!is_one_of(kTags, name)) return;
    if (ending) {
      end(name);
      return;
    }
    // A link in a link, or too deep: the text alone. Ends that match nothing are passed over.
    if (open_.size() >= kMaxDepth || (name == "a" && std::ranges::find(open_, name) != open_.end())) return;
    std::string tag = "<" + name;
    bool shown = name != "img";  // a picture without an address of ours is none
    for (const auto& attribute : attributes) {
      if (attribute.value.size() > kMaxAttributeBytes || !passes(name, attribute.name, attribute.value)) continue;
      if (attribute.name == "src") shown = true;
      tag += " " + attribute.name + "=\"" + escape_html(attribute.value) + "\"";
    }
    if (!shown) return;
    out_ += tag + ">";
    if (!is_one_of(kVoid, name)) open_.push_back(std::move(name));
  }

  /// From behind the `=`; yields where the value ends.
  std::size_t take_value(std::size_t at, std::string& value) {
    while (at < rest_.size() && is_space(rest_[at])) ++at;
    if (at >= rest_.size()) return at;
    char quote = rest_[at];
    if (quote == '"' || quote == '\'') {
      auto end = rest_.find(quote, at + 1);
      if (end == rest_.npos) return rest_.size();
      value = decode(rest_.substr(at + 1, end - at - 1));
      return end + 1;
    }
    auto start = at;
    while (at < rest_.size() && !is_space(rest_[at]) && rest_[at] != '>') ++at;
    value = decode(rest_.substr(start, at - start));
    return at;
  }

  void end(std::string_view name) {
    if (std::ranges::find(open_, name) == open_.end()) return;
    while (open_.back() != name) close();
    close();
  }
  void close() {
    out_ += "</" + open_.back() + ">";
    open_.pop_back();
  }

  std::string_view rest_;
  std::string out_;
  std::vector<std::string> open_;
  std::string dropping_;  ///< the tag whose end is waited for
};

}  // namespace

std::string sanitize_html(std::string_view html) { return Sanitizer(html).run(); }

std::string escape_html(std::string_view text) { return base::html_escape(text); }

}  // namespace troupe::fleet::answers
