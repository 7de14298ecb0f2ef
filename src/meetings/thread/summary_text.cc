#include "meetings/thread/summary_text.h"

#include <fmt/format.h>

#include "base/html.h"
#include "meetings/summary/answer.h"

namespace troupe::meetings::thread {
namespace {

constexpr std::string_view kZeroWidth = "\xE2\x80\x8B";
constexpr std::string_view kRest = " … (The whole of it: troupe meeting summary)";

bool is_blank(char letter) { return letter == ' ' || letter == '\n'; }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// What clients begin links and mentions with: example.org, https://, tel:123, #room:server, @user:server, a@b. Not a
/// time of day.
bool begins_something(char before, char sign, char next) {
  switch (sign) {
    case ':':
      return !is_blank(next) && !(is_digit(next) && is_digit(before));
    case '.':
    case '@':
    case '#':
    case '!':
    case '+':
      return !is_blank(next);
    default:
      return false;
  }
}

}  // namespace

std::string dead_text(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    const auto before = at > 0 ? text[at - 1] : ' ';
    if (at + 1 < text.size() && begins_something(before, text[at], text[at + 1])) out += kZeroWidth;
  }
  return out;
}

Turns::Said summary_said(const Summary& summary) {
  const auto whole = summary::written(summary);
  // As it is sent: a text of points alone is four times as long by then.
  const auto dead = dead_text(whole);
  auto text = std::string(summary::beginning_of(dead, kMostShownBytes));
  while (!text.empty() && is_blank(text.back())) text.pop_back();
  const bool is_cut = dead.size() > kMostShownBytes;
  Turns::Said said{.body = std::move(text), .html = {}};
  if (is_cut) said.body += kRest;
  std::string_view rest = said.body;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const bool is_title = line == "Summary" || line == "Decisions" || line == "Tasks";
    if (!said.html.empty()) said.html += "<br>";
    said.html += is_title ? fmt::format("<strong>{}</strong>", line) : base::html_escape(line);
  }
  if (said.html.size() > kMostHtmlBytes) said.html.clear();
  return said;
}

}  // namespace troupe::meetings::thread
