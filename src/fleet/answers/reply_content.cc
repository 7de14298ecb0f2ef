#include "fleet/answers/reply_content.h"

#include "base/crypto.h"
#include "fleet/answers/html_sanitizer.h"
#include "fleet/answers/markdown.h"
#include "fleet/answers/sentences.h"
#include "fleet/answers/text_split.h"
#include "matrix/json.h"

namespace troupe::fleet::answers {
namespace {

// As written in JSON. An event may have 65,536 bytes; a message's text and HTML together stay below 60 KiB, in an edit,
// too, where the text is there twice. HTML that does not fit beside its text is left out.
constexpr std::size_t kContentBytes = 59'000;
constexpr std::size_t kPieceBytes = 21'000;
constexpr std::size_t kStreamedPieceBytes = 11'000;
constexpr std::size_t kExtrasBytes = 6'000;
constexpr std::size_t kMaxListed = 20;
constexpr std::size_t kFallbackBytes = 1'000;
constexpr std::size_t kMaxLineBytes = 300;
constexpr std::size_t kMaxNameBytes = 200;

std::string hash_key(std::string_view bot_user_id, std::string_view event_id, std::string_view purpose) {
  std::string bytes;
  for (auto piece : {bot_user_id, event_id, purpose}) {
    bytes += piece;
    bytes += '\0';
  }
  return base::base64url(base::sha256(bytes)).substr(0, 32);
}

/// One line of at most so many bytes.
std::string short_line(std::string_view text, std::size_t most = kMaxLineBytes) {
  auto line = clean_text(text);
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20; }, ' ');
  if (line.size() <= most) return line;
  while (most > 0 && (static_cast<unsigned char>(line[most]) & 0xC0) == 0x80) --most;
  return line.substr(0, most) + "…";
}

/// What stands under the text, in both forms.
struct Extras {
  std::string text;
  std::string html;

  void add(std::string line, std::string markup) {
    if (text.size() + line.size() > kExtrasBytes || html.size() + markup.size() > 2 * kExtrasBytes) return;
    text += line;
    html += markup;
  }
};

Extras extras_of(const Reply& reply, std::string_view language) {
  Extras extras;
  if (!reply.choices.empty()) {
    std::string lines = "\n\n";
    std::string items = "<ol>";
    std::size_t number = 0;
    for (const auto& choice : reply.choices) {
      if (++number > kMaxListed) break;
      auto label = short_line(choice.label);
      auto mark = choice.reaction.empty() ? std::string() : short_line(choice.reaction, 32) + " ";
      lines += std::to_string(number) + ". " + mark + label + "\n";
      items += "<li>" + escape_html(mark + label) + "</li>";
    }
    auto hint = sentence(Sentence::choose, language);
    extras.add(lines + hint, items + "</ol><em>" + escape_html(hint) + "</em>");
  }
  if (!reply.suggestions.empty()) {
    auto title = sentence(Sentence::you_could_ask, language);
    std::string lines = "\n\n" + title;
    std::string items = "<p>" + escape_html(title) + "</p><ul>";
    std::size_t number = 0;
    for (const auto& suggestion : reply.suggestions) {
      if (++number > kMaxListed) break;
      auto line = short_line(suggestion);
      lines += "\n• " + line;
      items += "<li>" + escape_html(line) + "</li>";
    }
    extras.add(lines, items + "</ul>");
  }
  if (!reply.footnotes.empty()) {
    auto title = sentence(Sentence::sources, language);
    std::string lines = "\n\n" + title + ":";
    std::string items =
        "<details><summary>" + escape_html(title) + " (" + std::to_string(reply.footnotes.size()) + ")</summary><ol>";
    std::size_t number = 0;
    for (const auto& note : reply.footnotes) {
      if (++number > kMaxListed) break;
      auto name = short_line(note.title);
      auto url = short_line(note.url, 500);
      lines += "\n[" + std::to_string(number) + "] " + name + (url.empty() ? "" : " " + url);
      items += "<li>" +
               (url.empty() ? escape_html(name) : "<a href=\"" + escape_html(url) + "\">" + escape_html(name) + "</a>");
      if (!note.text.empty()) items += "<br>" + escape_html(short_line(note.text));
      items += "</li>";
    }
    extras.add(lines, items + "</ol></details>");
  }
  return extras;
}

/// Plain text as HTML.
std::string plain_html(std::string_view text) {
  std::string html;
  for (char c : escape_html(text)) {
    if (c == '\n') {
      html += "<br>\n";
    } else {
      html += c;
    }
  }
  return html;
}

boost::json::object base_content(std::string_view msgtype, std::string_view body, const ReplyTarget& target,
                                 bool first) {
  boost::json::object content{{"msgtype", msgtype}, {"body", body}, {"m.mentions", boost::json::object()}};
  content[kBotMark] = {{"bot", target.bot_id}, {"hops", target.hops}, {"answers", target.event_id}};
  if (!target.thread_root.empty()) {
    content["m.relates_to"] = {{"rel_type", "m.thread"},
                               {"event_id", target.thread_root},
                               {"is_falling_back", true},
                               {"m.in_reply_to", {{"event_id", target.event_id}}}};
  } else if (target.quote && first) {
    content["m.relates_to"] = {{"m.in_reply_to", {{"event_id", target.event_id}}}};
  }
  return content;
}

boost::json::object file_content(const Upload& upload, std::string_view mxc, const ReplyTarget& target, bool first) {
  std::string_view msgtype = upload.kind == AttachmentKind::image   ? "m.image"
                             : upload.kind == AttachmentKind::audio ? "m.audio"
                             : upload.kind == AttachmentKind::video ? "m.video"
                                                                    : "m.file";
  auto name = short_line(upload.name.empty() ? "file" : upload.name, kMaxNameBytes);
  auto content = base_content(msgtype, name, target, first);
  content["filename"] = name;
  content["url"] = mxc;
  boost::json::object info{{"mimetype", upload.mime}};
  if (!upload.bytes.empty()) info["size"] = static_cast<std::int64_t>(upload.bytes.size());
  content["info"] = std::move(info);
  return content;
}

/// Every byte of it is in the edit twice, for clients that know no edits: they get the beginning.
std::string short_fallback(std::string text) {
  if (text.size() <= kFallbackBytes) return text;
  auto end = kFallbackBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

SplitText split(std::string_view text, bool streamed, std::size_t most) {
  return split_text(text, streamed ? kStreamedPieceBytes : kPieceBytes, kPieceBytes, most);
}

}  // namespace

bool is_too_long(std::string_view text, bool streamed) { return split(text, streamed, kMaxParts).rest; }

boost::json::array reply_contents(const Reply& reply, const ReplyTarget& target,
                                  const std::vector<std::string>& files) {
  auto text = clean_text(reply.text);
  auto extras = extras_of(reply, target.language);
  auto pieces = split(text, target.streamed, target.in_file ? 1 : kMaxParts);
  if (pieces.pieces.empty() && !extras.text.empty()) pieces.pieces.emplace_back();
  boost::json::array contents;
  for (std::size_t i = 0; i < pieces.pieces.size(); ++i) {
    auto& piece = pieces.pieces[i];
    bool last = i + 1 == pieces.pieces.size();
    if (last && pieces.rest) piece += sentence(target.in_file ? Sentence::in_file : Sentence::cut, target.language);
    bool whole = i == 0 && last && !pieces.rest;
    auto html = whole && !reply.html.empty() ? sanitize_html(clean_text(reply.html)) : markdown_to_html(piece);
    if (last && !extras.text.empty()) {
      html = sanitize_html((html.empty() ? plain_html(piece) : html) + extras.html);
      piece += piece.empty() ? std::string_view(extras.text).substr(2) : std::string_view(extras.text);
    }
    auto content = base_content(target.msgtype, piece, target, contents.empty());
    auto text_bytes = json_size(piece) * (target.streamed && i == 0 ? 2 : 1);
    if (!html.empty() && text_bytes + json_size(html) <= kContentBytes) {
      content["format"] = "org.matrix.custom.html";
      content["formatted_body"] = html;
    }
    contents.push_back(std::move(content));
  }
  for (std::size_t i = 0; i < files.size() && i < reply.uploads.size(); ++i) {
    contents.push_back(file_content(reply.uploads[i], files[i], target, contents.empty()));
  }
  return contents;
}

boost::json::object edit_content(boost::json::object content, std::string_view event_id) {
  content.erase("m.relates_to");  // the message keeps its place
  auto body = "* " + short_fallback(boost::json::value_to<std::string>(content.at("body")));
  boost::json::object edit{{"msgtype", content.at("msgtype")},
                           {"body", body},
                           {"m.mentions", boost::json::object()},
                           {kBotMark, content.at(kBotMark)}};
  edit["m.new_content"] = std::move(content);
  edit["m.relates_to"] = {{"rel_type", "m.replace"}, {"event_id", event_id}};
  return edit;
}

boost::json::object reaction_content(std::string_view emoji) {
  return {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", ""}, {"key", emoji}}}};
}

bool is_reaction(const boost::json::object& part) {
  const auto* relation = matrix::find_object(part, "m.relates_to");
  return relation != nullptr && matrix::find_string(*relation, "rel_type") == "m.annotation";
}

std::string transaction_id(std::string_view bot_user_id, std::string_view event_id, std::size_t part) {
  return "troupe." + hash_key(bot_user_id, event_id, std::to_string(part));
}

std::string idempotency_key(std::string_view bot_user_id, std::string_view event_id) {
  return hash_key(bot_user_id, event_id, "question");
}

}  // namespace troupe::fleet::answers
