#include "homeserver/media/media_types.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace troupe::homeserver::media {
namespace {

constexpr std::size_t kMaxTypeBytes = 255;

constexpr std::string_view kInline[] = {
    "text/css",   "text/plain",  "text/csv",   "application/json", "application/ld+json", "image/jpeg",
    "image/gif",  "image/png",   "image/apng", "image/webp",       "image/avif",          "video/mp4",
    "video/webm", "video/ogg",   "audio/mp4",  "video/quicktime",  "audio/webm",          "audio/aac",
    "audio/mpeg", "audio/ogg",   "audio/wave", "audio/wav",        "audio/x-wav",         "audio/x-pn-wav",
    "audio/flac", "audio/x-flac"};
constexpr std::string_view kPictures[] = {"image/jpeg", "image/jpg",  "image/png",  "image/apng",
                                          "image/gif",  "image/webp", "image/avif", "image/heic"};

/// Lower case, without parameters.
std::string essence(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return base::ascii_lower(type);
}

bool is_token_char(char c) {
  constexpr std::string_view kMarks = "!#$&-^_.+";
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kMarks.contains(c);
}

}  // namespace

std::string clean_content_type(std::string_view given) {
  constexpr std::string_view kUnknown = "application/octet-stream";
  const auto printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (given.empty() || given.size() > kMaxTypeBytes || !std::ranges::all_of(given, printable))
    return std::string(kUnknown);
  const auto type = essence(given);
  const auto slash = type.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == type.size()) return std::string(kUnknown);
  const auto major = std::string_view(type).substr(0, slash);
  const auto minor = std::string_view(type).substr(slash + 1);
  if (!std::ranges::all_of(major, is_token_char) || !std::ranges::all_of(minor, is_token_char)) {
    return std::string(kUnknown);
  }
  return std::string(given);
}

bool may_show_inline(std::string_view content_type) {
  return std::ranges::find(kInline, essence(content_type)) != std::end(kInline);
}

bool may_have_thumbnail(std::string_view content_type) {
  return std::ranges::find(kPictures, essence(content_type)) != std::end(kPictures);
}

Preview preview_of(std::string_view content_type) {
  if (may_have_thumbnail(content_type)) return Preview::picture;
  if (!may_show_inline(content_type)) return Preview::none;
  const auto type = essence(content_type);
  if (type.starts_with("audio/")) return Preview::sound;
  return type.starts_with("video/") ? Preview::film : Preview::none;
}

std::string content_disposition(std::string_view content_type, const std::optional<std::string>& name) {
  std::string value = may_show_inline(content_type) ? "inline" : "attachment";
  if (!name || name->empty()) return value;
  const bool plain = std::ranges::all_of(*name, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  if (plain) return value + "; filename=\"" + *name + '"';
  return value + "; filename*=utf-8''" + base::percent_encode(*name);
}

}  // namespace troupe::homeserver::media
