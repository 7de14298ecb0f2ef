#include "homeserver/previews/page_facts.h"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>

#include "base/encoding.h"
#include "base/text.h"

namespace troupe::homeserver::previews {
namespace {

constexpr std::size_t kMaxElements = 50'000;
/// Deeper pages end here: an end tag that fits none of the open elements is compared with all of them.
constexpr std::size_t kMaxDepth = 256;
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::ptrdiff_t kMaxTagBytes = 16 * 1024;
constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr std::int64_t kMaxMs = 250;  ///< of CPU; looked at between two pieces
constexpr std::string_view kOpenGraph = "og:";
constexpr std::string_view kPicture = "og:image";

std::string_view view_of(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '-';
  });
}

/// One line without control characters and outer spaces, cut at the limit between two letters.
std::string tidy(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (out.size() > kMaxFactBytes) break;
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7f) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.size() > kMaxFactBytes) {
    auto end = kMaxFactBytes;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
    out.resize(end);
  }
  while (out.ends_with(' ')) out.pop_back();
  return base::is_utf8(out) ? out : std::string();
}

/// Hears the page, element by element.
class Listener {
 public:
  void stop_with(xmlParserCtxtPtr parser) { parser_ = parser; }

  void begin(std::string_view element, const xmlChar** attributes) {
    if (++elements_ > kMaxElements || ++depth_ > kMaxDepth) {
      xmlStopParser(parser_);
      return;
    }
    if (element == "title" && !title_done_) in_title_ = true;
    if (element == "meta" && attributes) note_meta(attributes);
  }
  void end(std::string_view element) {
    if (depth_ > 0) --depth_;
    if (element == "title" && in_title_) {
      in_title_ = false;
      title_done_ = true;
    }
  }
  void text(std::string_view piece) {
    if (in_title_ && title_.size() < kMaxFactBytes) title_ += piece;
  }

  PageFacts facts() && {
    PageFacts facts;
    std::size_t bytes = 0;
    const auto put = [&](std::string name, std::string_view raw) {
      const bool known = std::ranges::any_of(facts.open_graph, [&](const auto& fact) { return fact.first == name; });
      if (known || facts.open_graph.size() >= kMaxFacts) return;
      auto value = tidy(raw);
      if (value.empty() || bytes + name.size() + value.size() > kMaxFactsBytes) return;
      bytes += name.size() + value.size();
      facts.open_graph.emplace_back(std::move(name), std::move(value));
    };
    for (const auto& [name, value] : open_graph_)
      if (!name.starts_with(kPicture)) put(name, value);
    for (const auto* name : {"title", "description"}) put("og:" + std::string(name), found(twitter_, name));
    put("og:title", title_);
    put("og:description", description_);
    for (const auto* name : {"og:image", "og:image:url", "og:image:secure_url"})
      if (facts.picture.empty()) facts.picture = tidy(found(open_graph_, name));
    for (const auto* name : {"image", "image:src"})
      if (facts.picture.empty()) facts.picture = tidy(found(twitter_, name));
    if (facts.picture.empty()) facts.picture = tidy(item_picture_);
    return facts;
  }

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  static std::string_view found(const Pairs& pairs, std::string_view name) {
    const auto at = std::ranges::find_if(pairs, [name](const auto& pair) { return pair.first == name; });
    return at == pairs.end() ? std::string_view() : std::string_view(at->second);
  }

  static void note(Pairs& pairs, std::string_view name, std::string_view value) {
    // The first of a name counts, as a page with several pictures has its best one first.
    if (pairs.size() >= kMaxFacts || !is_name(name) || !found(pairs, name).empty()) return;
    pairs.emplace_back(name, value.substr(0, 4 * kMaxFactBytes));
  }

  void note_meta(const xmlChar** attributes) {
    std::string name, item;
    std::string_view content;
    for (const auto** at = attributes; at[0]; at += 2) {
      const auto key = view_of(at[0]);
      const auto value = view_of(at[1]);
      if (key == "content") content = value;
      if (key == "itemprop") item = base::ascii_lower(value.substr(0, kMaxNameBytes));
      // Pages write `name` for OpenGraph and `property` for Twitter as well.
      if (key == "property" || (key == "name" && name.empty()))
        name = base::ascii_lower(value.substr(0, kMaxNameBytes + 1));
    }
    if (content.empty()) return;
    constexpr std::string_view kTwitter = "twitter:";
    if (name.starts_with(kOpenGraph)) note(open_graph_, name, content);
    if (name.starts_with(kTwitter)) note(twitter_, std::string_view(name).substr(kTwitter.size()), content);
    if (name == "description" && description_.empty()) description_ = content.substr(0, 4 * kMaxFactBytes);
    if (item == "image" && item_picture_.empty()) item_picture_ = content.substr(0, 4 * kMaxFactBytes);
  }

  xmlParserCtxtPtr parser_ = nullptr;
  std::size_t elements_ = 0;
  std::size_t depth_ = 0;
  bool in_title_ = false;
  bool title_done_ = false;
  std::string title_;
  std::string description_;
  std::string item_picture_;
  Pairs open_graph_;
  Pairs twitter_;  ///< names without their prefix
};

Listener& listener_of(void* context) { return *static_cast<Listener*>(context); }

/// Callbacks that make no tree and ask for nothing from outside.
xmlSAXHandler handler() {
  xmlSAXHandler sax{};
  sax.startElement = [](void* context, const xmlChar* name, const xmlChar** attributes) {
    listener_of(context).begin(view_of(name), attributes);
  };
  sax.endElement = [](void* context, const xmlChar* name) { listener_of(context).end(view_of(name)); };
  sax.characters = [](void* context, const xmlChar* text, int length) {
    listener_of(context).text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)});
  };
  sax.cdataBlock = [](void*, const xmlChar*, int) {};  // scripts and styles
  return sax;
}

/// CPU time of this thread.
std::int64_t spent_ms() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000 + time.tv_nsec / 1'000'000;
}

/// The parser waits for the end of a tag that is too long: each attribute is compared with all before it.
bool is_stuck(const xmlParserCtxt& parser) {
  const auto* input = parser.input;
  if (!input || input->end - input->cur <= kMaxTagBytes) return false;
  const auto second = static_cast<unsigned char>(input->cur[1] | 0x20);
  return input->cur[0] == '<' && second >= 'a' && second <= 'z';
}

/// Ends before a letter, never in it.
std::size_t end_of_piece(std::string_view text, std::size_t from) {
  auto end = std::min(from + kPieceBytes, text.size());
  while (end > from + 1 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return end;
}

struct FreeParser {
  void operator()(xmlParserCtxtPtr parser) const {
    if (parser->myDoc) xmlFreeDoc(parser->myDoc);
    htmlFreeParserCtxt(parser);
  }
};
using ParserPtr = std::unique_ptr<xmlParserCtxt, FreeParser>;

}  // namespace

PageFacts read_page_facts(std::string_view page) {
  page = page.substr(0, kMaxParsedBytes);
  Listener listener;
  auto sax = handler();
  const ParserPtr parser(htmlCreatePushParserCtxt(&sax, &listener, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8));
  if (!parser) return {};
  listener.stop_with(parser.get());
  htmlCtxtUseOptions(parser.get(), HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                       HTML_PARSE_IGNORE_ENC);
  std::string text(page);
  std::ranges::replace(text, '\0', ' ');  // which would end the document
  const auto end_ms = spent_ms() + kMaxMs;
  for (std::size_t from = 0; from < text.size() && spent_ms() < end_ms && !is_stuck(*parser);) {
    const auto end = end_of_piece(text, from);
    // The end of a tag is looked for from its beginning: 2.9.14 forgets the quotes that are open between two pieces.
    parser->checkIndex = 0;
    htmlParseChunk(parser.get(), text.data() + from, static_cast<int>(end - from), end == text.size());
    from = end;
  }
  return std::move(listener).facts();
}

}  // namespace troupe::homeserver::previews
