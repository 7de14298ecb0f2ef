#include "fleet/answers/markdown.h"

#include <md4c.h>

#include "fleet/answers/html_sanitizer.h"

namespace troupe::fleet::answers {
namespace {

/// Far more than a message holds: nothing larger reaches the parser.
constexpr std::size_t kMaxBytes = 128 * 1024;

std::string to_string(const MD_ATTRIBUTE& attribute) {
  return {attribute.text == nullptr ? "" : attribute.text, attribute.size};
}

/// An address inside quotes; entities stay.
std::string quoted(std::string_view url) {
  std::string out;
  for (char c : url) {
    if (c == '"') {
      out += "%22";
    } else {
      out += c;
    }
  }
  return out;
}

/// What the parser calls; collects HTML that the sanitizer then reads.
struct Renderer {
  std::string out;
  bool formatted = false;  ///< there was more than plain paragraphs
  int image_depth = 0;     ///< inside the description of a picture
  int paragraphs = 0;

  void block(MD_BLOCKTYPE type, void* detail, bool enter) {
    static constexpr std::string_view kNames[] = {"", "blockquote", "ul",    "ol",    "li",    "hr", "h",  "pre",
                                                  "", "p",          "table", "thead", "tbody", "tr", "th", "td"};
    switch (type) {
      case MD_BLOCK_DOC:
      case MD_BLOCK_HTML:
        return;
      case MD_BLOCK_HR:
        if (enter) out += "<hr>\n";
        break;
      case MD_BLOCK_H: {
        auto level = static_cast<MD_BLOCK_H_DETAIL*>(detail)->level;
        out += (enter ? "<h" : "</h") + std::to_string(level) + (enter ? ">" : ">\n");
        break;
      }
      case MD_BLOCK_OL: {
        auto start = static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start;
        if (enter && start != 1) {
          out += "<ol start=\"" + std::to_string(start) + "\">\n";
        } else {
          out += enter ? "<ol>\n" : "</ol>\n";
        }
        break;
      }
      case MD_BLOCK_LI: {
        const auto* item = static_cast<MD_BLOCK_LI_DETAIL*>(detail);
        out += enter ? "<li>" : "</li>\n";
        if (enter && item->is_task) out += item->task_mark == ' ' ? "☐ " : "☑ ";
        break;
      }
      case MD_BLOCK_CODE:
        if (enter) {
          auto language = to_string(static_cast<MD_BLOCK_CODE_DETAIL*>(detail)->lang);
          out += "<pre><code";
          if (!language.empty()) out += " class=\"language-" + escape_html(language) + "\"";
          out += ">";
        } else {
          out += "</code></pre>\n";
        }
        break;
      case MD_BLOCK_P:
        out += enter ? "<p>" : "</p>\n";
        if (enter) ++paragraphs;
        return;
      default:
        out += (enter ? "<" : "</") + std::string(kNames[type]) + ">";
        if (!enter) out += "\n";
    }
    formatted = true;
  }

  void span(MD_SPANTYPE type, void* detail, bool enter) {
    formatted = true;
    if (type == MD_SPAN_IMG) {
      // Rooms show only pictures that are on a homeserver: a link in place of others.
      if (enter) {
        ++image_depth;
        out += "<a href=\"" + quoted(to_string(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->src)) + "\">";
      } else {
        --image_depth;
        out += "</a>";
      }
      return;
    }
    if (image_depth > 0) return;
    if (type == MD_SPAN_A) {
      out += enter ? "<a href=\"" + quoted(to_string(static_cast<MD_SPAN_A_DETAIL*>(detail)->href)) + "\">" : "</a>";
      return;
    }
    std::string_view name = type == MD_SPAN_EM       ? "em"
                            : type == MD_SPAN_STRONG ? "strong"
                            : type == MD_SPAN_DEL    ? "del"
                            : type == MD_SPAN_CODE   ? "code"
                                                     : "span";
    out += (enter ? "<" : "</") + std::string(name) + ">";
  }

  void text(MD_TEXTTYPE type, std::string_view piece) {
    switch (type) {
      case MD_TEXT_NULLCHAR:
        return;
      case MD_TEXT_BR:
      case MD_TEXT_SOFTBR:
        out += "<br>\n";
        return;
      case MD_TEXT_HTML:
        formatted = true;
        out += piece;
        return;
      case MD_TEXT_ENTITY:
        formatted = true;
        out += piece;
        return;
      default:
        out += escape_html(piece);
    }
  }
};

Renderer& renderer(void* user) { return *static_cast<Renderer*>(user); }

template <bool opens>
int block(MD_BLOCKTYPE type, void* detail, void* user) {
  renderer(user).block(type, detail, opens);
  return 0;
}

template <bool opens>
int span(MD_SPANTYPE type, void* detail, void* user) {
  renderer(user).span(type, detail, opens);
  return 0;
}

}  // namespace

std::string markdown_to_html(std::string_view text) {
  if (text.empty() || text.size() > kMaxBytes) return {};
  MD_PARSER parser{};
  parser.flags = MD_DIALECT_GITHUB | MD_FLAG_NOINDENTEDCODEBLOCKS;
  parser.enter_block = block<true>;
  parser.leave_block = block<false>;
  parser.enter_span = span<true>;
  parser.leave_span = span<false>;
  parser.text = [](MD_TEXTTYPE type, const MD_CHAR* piece, MD_SIZE size, void* user) {
    renderer(user).text(type, {piece, size});
    return 0;
  };
  Renderer made;
  if (md_parse(text.data(), static_cast<MD_SIZE>(text.size()), &parser, &made) != 0 || !made.formatted) return {};
  auto html = sanitize_html(made.out);
  while (html.ends_with('\n')) html.pop_back();
  // One paragraph with some emphasis is shown inline.
  if (made.paragraphs == 1 && html.starts_with("<p>") && html.ends_with("</p>") &&
      html.find("</p>") == html.size() - 4) {
    return html.substr(3, html.size() - 7);
  }
  return html;
}

}  // namespace troupe::fleet::answers
