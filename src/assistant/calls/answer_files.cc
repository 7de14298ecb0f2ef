#include "assistant/calls/answer_files.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "net/http/form_body.h"

namespace troupe::assistant::calls {
namespace {

constexpr std::string_view kAnyBytes = "application/octet-stream";
constexpr std::size_t kMaxFileName = 200;

struct Mark {
  std::size_t at;
  std::string_view bytes, type;
};
using namespace std::string_view_literals;
/// How files of a type begin; the first that fits counts.
constexpr std::array kMarks{
    Mark{0, "\x89PNG\r\n\x1a\n"sv, "image/png"},
    Mark{0, "\xff\xd8\xff"sv, "image/jpeg"},
    Mark{0, "GIF87a"sv, "image/gif"},
    Mark{0, "GIF89a"sv, "image/gif"},
    Mark{8, "WEBP"sv, "image/webp"},
    Mark{8, "WAVE"sv, "audio/wav"},
    Mark{0, "II*\0"sv, "image/tiff"},
    Mark{0, "MM\0*"sv, "image/tiff"},
    Mark{4, "ftypavif"sv, "image/avif"},
    Mark{4, "ftypheic"sv, "image/heic"},
    Mark{4, "ftypheix"sv, "image/heic"},
    Mark{4, "ftypmif1"sv, "image/heic"},
    Mark{4, "ftypM4A"sv, "audio/mp4"},
    Mark{4, "ftypqt"sv, "video/quicktime"},
    Mark{4, "ftyp"sv, "video/mp4"},
    Mark{0, "\x1a\x45\xdf\xa3"sv, "video/webm"},
    Mark{0, "OggS"sv, "audio/ogg"},
    Mark{0, "fLaC"sv, "audio/flac"},
    Mark{0, "ID3"sv, "audio/mpeg"},
    Mark{0, "\xff\xfb"sv, "audio/mpeg"},
    Mark{0, "%PDF-"sv, "application/pdf"},
    Mark{0, "PK\x03\x04"sv, "application/zip"},
    Mark{0, "\x1f\x8b\x08"sv, "application/gzip"},
    Mark{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "application/x-ole-storage"},
};
constexpr std::string_view kRiff = "RIFF";

/// What a type's bytes do not tell apart, so that the word of whoever sent it counts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kInside{
    {{"application/zip", "application/vnd.openxmlformats-officedocument."},
     {"application/zip", "application/vnd.oasis.opendocument."},
     {"application/zip", "application/epub+zip"},
     {"application/x-ole-storage", "application/msword"},
     {"application/x-ole-storage", "application/vnd.ms-"},
     {"audio/ogg", "video/ogg"},
     {"video/webm", "audio/webm"},
     {"video/webm", "video/x-matroska"},
     {"video/mp4", "audio/mp4"},
     {"video/mp4", "image/heif"}}};

constexpr std::array<std::string_view, 9> kTexts{"text/plain", "text/csv",        "text/calendar",
                                                 "text/vcard", "text/markdown",   "text/tab-separated-values",
                                                 "text/rtf",   "application/rtf", "application/json"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 21> kEndings{
    {{"image/png", ".png"},       {"image/jpeg", ".jpg"},      {"image/gif", ".gif"},
     {"image/webp", ".webp"},     {"image/tiff", ".tif"},      {"image/heic", ".heic"},
     {"image/avif", ".avif"},     {"audio/mpeg", ".mp3"},      {"audio/wav", ".wav"},
     {"audio/ogg", ".ogg"},       {"audio/mp4", ".m4a"},       {"audio/flac", ".flac"},
     {"video/mp4", ".mp4"},       {"video/webm", ".webm"},     {"video/quicktime", ".mov"},
     {"application/pdf", ".pdf"}, {"application/zip", ".zip"}, {"application/gzip", ".gz"},
     {"text/csv", ".csv"},        {"text/plain", ".txt"},      {"application/json", ".json"}}};

/// Lower case, without parameters.
std::string essence_of(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.starts_with(' ')) type.remove_prefix(1);
  while (type.ends_with(' ')) type.remove_suffix(1);
  return base::ascii_lower(type);
}

/// A type that these bytes begin like; empty: none that is known.
std::string_view marked(std::string_view bytes) {
  for (const auto& mark : kMarks) {
    if (mark.at == 8 && !bytes.starts_with(kRiff)) continue;
    if (bytes.size() > mark.at && bytes.substr(mark.at).starts_with(mark.bytes)) return mark.type;
  }
  return {};
}

bool may_stand_in_header(std::string_view type) {
  return type.size() <= 100 && std::ranges::all_of(type, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("/+-._").contains(c);
         });
}

/// Invisible characters that turn what follows around: "fdp.exe" reads as "exe.pdf" behind one.
std::string without_turns(std::string name) {
  for (const std::string_view turn :
       {"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    for (auto at = name.find(turn); at != name.npos; at = name.find(turn, at)) name.erase(at, turn.size());
  }
  return name;
}

bool is_declared_no_text(const std::string& essence) {
  for (const std::string_view kind : {"image/", "audio/", "video/", "font/"}) {
    if (essence.starts_with(kind)) return true;
  }
  return false;
}

bool is_attachment(const net::client::ClientResponse& response) {
  return essence_of(response.headers.get("content-disposition")) == "attachment";
}

/// RFC 6266: filename*, which has its character set with it, before filename.
std::string said_name(std::string_view disposition) {
  if (const auto extended = net::http::header_param(disposition, "filename*")) {
    const auto first = extended->find('\'');
    const auto second = first == extended->npos ? first : extended->find('\'', first + 1);
    if (second != extended->npos && base::ascii_lower(extended->substr(0, first)) == "utf-8") {
      if (auto name = base::percent_decode(std::string_view(*extended).substr(second + 1))) return *std::move(name);
    }
  }
  return net::http::header_param(disposition, "filename").value_or("");
}

}  // namespace

std::string type_of(std::string_view bytes, std::string_view declared) {
  const auto essence = essence_of(declared);
  if (const auto known = marked(bytes); !known.empty()) {
    for (const auto& [outside, inside] : kInside) {
      if (known == outside && essence.starts_with(inside) && may_stand_in_header(essence)) return essence;
    }
    return std::string(known == "application/x-ole-storage" ? kAnyBytes : known);
  }
  const bool is_text = std::ranges::find(kTexts, essence) != kTexts.end() && base::is_utf8(bytes);
  return is_text ? essence : std::string(kAnyBytes);
}

std::string file_name(std::string_view given, std::string_view type) {
  given.remove_prefix(std::min(given.find_last_of("/\\") + 1, given.size()));
  auto name = base::is_utf8(given) ? without_turns(std::string(given)) : std::string();
  std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  while (name.starts_with('.') || name.starts_with(' ')) name.erase(0, 1);
  while (name.ends_with('.') || name.ends_with(' ')) name.pop_back();
  const auto ending = std::ranges::find(kEndings, type, &std::pair<std::string_view, std::string_view>::first);
  if (name.empty()) name = "file";
  if (name.find('.') == name.npos && ending != kEndings.end()) name += ending->second;
  if (name.size() <= kMaxFileName) return name;
  // What the name ends with says what the file is.
  const auto dot = name.rfind('.');
  const auto tail = dot == name.npos || name.size() - dot > 10 ? std::string() : name.substr(dot);
  name.resize(kMaxFileName - tail.size());
  while (!base::is_utf8(name)) name.pop_back();
  return name + (base::is_utf8(tail) ? tail : "");
}

bool reads_as_text(const net::client::ClientResponse& response) {
  return base::is_utf8(response.body) && marked(response.body).empty() &&
         !is_declared_no_text(essence_of(response.headers.get("content-type")));
}

bool is_file(const net::client::ClientResponse& response) {
  if (response.body.empty()) return false;
  return is_attachment(response) || !reads_as_text(response);
}

Blob file_of(const net::client::ClientResponse& response, std::string_view target) {
  auto type = type_of(response.body, response.headers.get("content-type"));
  auto given = said_name(response.headers.get("content-disposition"));
  if (given.empty()) {
    target = target.substr(0, target.find_first_of("?#"));
    target.remove_prefix(std::min(target.find_last_of('/') + 1, target.size()));
    given = base::percent_decode(target).value_or("");
  }
  auto name = file_name(given, type);
  return {.name = std::move(name), .content_type = std::move(type), .bytes = response.body};
}

}  // namespace troupe::assistant::calls
