#include "fleet/answers/html_text.h"

#include <algorithm>
#include <array>

#include "fleet/answers/html_sanitizer.h"

namespace troupe::fleet::answers {
namespace {

/// Each begins a line and ends one.
constexpr auto kBlocks =
    std::to_array<std::string_view>({"p", "div", "blockquote", "pre", "ul", "ol", "li", "table", "tr", "details",
                                     "summary", "caption", "h1", "h2", "h3", "h4", "h5", "h6", "hr"});
struct Entity {
  std::string_view name;
  char c;
};
constexpr auto kEntities = std::to_array<Entity>({{"&lt;", '<'},
                                                  {"&gt;", '>'},
                                                  {"&amp;", '&'},
                                                  {"&quot;", '"'},
                                                  {"&#39;", '\''},
                                                  {"&apos;", '\''},
                                                  {"&nbsp;", ' '}});

void begin_line(std::string& out) {
  while (out.ends_with(' ')) out.pop_back();
  if (!out.empty() && !out.ends_with('\n')) out += '\n';
}

void append_words(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto rest = text.substr(at);
    auto entity = std::ranges::find_if(kEntities, [rest](const Entity& one) { return rest.starts_with(one.name); });
    if (entity != kEntities.end()) {
      out += entity->c;
      at += entity->name.size() - 1;
    } else {
      out += text[at];
    }
  }
}

}  // namespace

std::string html_to_text(std::string_view html) {
  const auto clean = sanitize_html(html);
  std::string out;
  for (std::size_t at = 0; at < clean.size();) {
    const auto open = std::min(clean.find('<', at), clean.size());
    append_words(out, std::string_view(clean).substr(at, open - at));
    if (open == clean.size()) break;
    const auto close = std::min(clean.find('>', open), clean.size());  // inside attributes it is escaped
    auto tag = std::string_view(clean).substr(open + 1, close - open - 1);
    const bool ending = tag.starts_with('/');
    if (ending) tag.remove_prefix(1);
    const auto name = tag.substr(0, tag.find(' '));
    if (name == "br") out += '\n';
    if (std::ranges::find(kBlocks, name) != kBlocks.end()) begin_line(out);
    if (name == "li" && !ending) out += "- ";
    if (name == "td" && ending) out += ' ';
    at = close + 1;
  }
  const auto first = out.find_first_not_of(" \n\t");
  if (first == out.npos) return {};
  return out.substr(first, out.find_last_not_of(" \n\t") - first + 1);
}

}  // namespace troupe::fleet::answers
