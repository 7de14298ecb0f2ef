#include "homeserver/s3/answer_xml.h"

#include <utility>

#include "base/utc.h"

namespace troupe::homeserver::s3 {
namespace {

std::string unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> kReferences[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&#34;", '"'}, {"&#39;", '\''}};
  std::string out;
  while (!text.empty()) {
    bool found = false;
    for (const auto& [reference, character] : kReferences) {
      if (!text.starts_with(reference)) continue;
      out += character;
      text.remove_prefix(reference.size());
      found = true;
      break;
    }
    if (found) continue;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::vector<std::string> texts_of(std::string_view xml, std::string_view element) {
  const auto open = '<' + std::string(element) + '>';
  const auto close = "</" + std::string(element) + '>';
  std::vector<std::string> texts;
  for (auto at = xml.find(open); at != xml.npos; at = xml.find(open, at)) {
    at += open.size();
    const auto end = xml.find(close, at);
    if (end == xml.npos) break;
    texts.push_back(unescaped(xml.substr(at, end - at)));
    at = end;
  }
  return texts;
}

std::string text_of(std::string_view xml, std::string_view element) {
  auto texts = texts_of(xml, element);
  return texts.empty() ? std::string() : std::move(texts.front());
}

std::optional<base::UnixMs> read_time(std::string_view text) { return base::read_utc(text, base::kIsoSeconds); }
std::optional<base::UnixMs> read_http_date(std::string_view text) {
  return base::read_utc(text, "%a, %d %b %Y %H:%M:%S");
}

}  // namespace troupe::homeserver::s3
