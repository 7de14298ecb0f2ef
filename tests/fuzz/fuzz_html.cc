// HTML and Markdown of brains: what comes out holds no tag and no address that is not on the list, and going through
// once more changes nothing.

// modules: fleet
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fleet/answers/html_sanitizer.h"
#include "fleet/answers/html_text.h"
#include "fleet/answers/markdown.h"

namespace {
void check(const std::string& html) {
  for (std::string_view bad : {"<script", "<iframe", "<style", " on", "javascript:", "<!--"}) {
    // Inside a tag only: as text anything may stand there.
    for (auto at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
      auto end = html.find('>', at);
      if (end == html.npos) std::abort();  // every < that is left begins a tag
      auto tag = std::string_view(html).substr(at, end - at + 1);
      auto quote = tag.find('"');
      auto found = tag.substr(0, quote).find(bad);
      if (found != tag.npos) std::abort();
      if (tag.starts_with("<a href=\"") && !tag.starts_with("<a href=\"http") && !tag.starts_with("<a href=\"HTTP") &&
          tag.size() > 13 && (tag[9] | 0x20) != 'h' && (tag[9] | 0x20) != 'm') {
        std::abort();
      }
    }
  }
  if (troupe::fleet::answers::sanitize_html(html) != html) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(troupe::fleet::answers::sanitize_html(bytes));
  check(troupe::fleet::answers::markdown_to_html(bytes));
  const auto words = troupe::fleet::answers::html_to_text(bytes);
  if (words.size() > 2 * size + 2 || words.starts_with(' ') || words.ends_with('\n')) std::abort();
  return 0;
}
