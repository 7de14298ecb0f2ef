#include "homeserver/common/media_rows.h"

#include <algorithm>

#include "homeserver/common/settings.h"
#include "net/http/url.h"

namespace troupe::homeserver {
namespace {

using host::flag;
using host::number;
using host::Secret;
using host::text;
using host::Value;

/// What is wrong with a text that should be an address of the web, or nothing.
std::optional<std::string> wrong_url(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto url = net::http::Url::parse(text);
  return url ? std::nullopt : std::optional(url.error().message());
}

/// Letters that need no escaping in an address, in parts that no service reads as anything else.
bool is_key_folder(std::string_view folder) {
  constexpr std::size_t kMostBytes = 200;
  if (folder.size() > kMostBytes || folder.starts_with('/')) return false;
  for (std::string_view rest = folder; !rest.empty();) {
    const auto part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const bool plain = std::ranges::all_of(part, [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
             c == '.';
    });
    if (!plain || part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

Value s3_prefix() {
  return {.takes = "a folder: letters, digits, - _ . and / between them",
          .read = [](host::Settings& settings, const std::string& v) -> std::optional<std::string> {
            if (!is_key_folder(v))
              return "must be a folder of letters, digits, - _ and ., without a / at its beginning";
            auto& prefix = settings.edit<S3Settings>().prefix;
            prefix = v;
            if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
            return std::nullopt;
          },
          .write = [](const host::Settings& s) { return s.of<S3Settings>().prefix; }};
}

}  // namespace

std::vector<host::Setting> media_rows() {
  using S = MediaSettings;
  return {{.key = "limits.max_upload_bytes",
           .environment = {"TROUPE_MAX_UPLOAD_BYTES"},
           .value = number(&S::max_upload_bytes,
                           {.least = kKiB, .most = 4 * kGiB, .takes = "a number of bytes from 1024 to 4 GiB"}),
           .help = "largest media file, 1 KiB to 4 GiB"},
          {.key = "limits.media_bytes_per_user",
           .environment = {"TROUPE_MEDIA_BYTES_PER_USER"},
           .value = number(&S::bytes_per_user, {.least = kMiB, .most = kTiB << 10, .unit = "bytes"}),
           .help = "uploads that one account may keep, 1 MiB to 1 PiB"},
          {.key = "limits.uploads_under_way_bytes",
           .environment = {"TROUPE_UPLOADS_UNDER_WAY_BYTES"},
           .value = number(&S::under_way_bytes, {.least = 16 * kMiB, .most = kTiB, .unit = "bytes"}),
           .help = "uploads that have come in and are not stored yet, of everybody together, 16 MiB to 1 TiB"},
          {.key = "media.dir",
           .value = host::folder(&S::dir),
           .help = "folder of uploaded files (default media in the data folder)"},
          {.key = "media.storage",
           .value = host::choice(&S::storage, {{"folder", MediaStorage::folder}, {"s3", MediaStorage::s3}}),
           .help = "where uploaded files lie: folder (media.dir) or s3 (the keys under s3)"}};
}

std::vector<host::Setting> s3_rows() {
  using S = S3Settings;
  return {{.key = "s3.endpoint",
           .value = text(&S::endpoint, "an address, http:// or https://", wrong_url),
           .help = "the service: https://s3.eu-central-1.amazonaws.com, or your own"},
          {.key = "s3.bucket", .value = text(&S::bucket), .help = "the bucket, which must be there"},
          {.key = "s3.prefix",
           .value = s3_prefix(),
           .help = "folder in the bucket, so that several servers may share one; each needs its own"},
          {.key = "s3.region", .value = text(&S::region), .help = "its region, as requests are signed for it"},
          {.key = "s3.access_key",
           .value = text(&S::access_key),
           .help = "id of the key that may read, write, delete and list there"},
          {.key = "s3.secret_key", .value = text(&S::secret_key), .help = "its secret", .secret = Secret::yes}};
}

std::vector<host::Setting> preview_rows() {
  using S = PreviewSettings;
  return {
      {.key = "media.url_previews",
       .environment = {"TROUPE_MEDIA_URL_PREVIEWS", "TROUPE_URL_PREVIEWS"},
       .value = flag(&S::enabled),
       .help = "on: this server fetches pages that people's messages lead to, and shows what they say of themselves"},
      {.key = "media.preview_max_bytes",
       .value = number(&S::max_bytes, {.least = kKiB, .most = 100 * kMiB, .unit = "bytes"}),
       .help = "largest page and picture that are fetched for a preview, 1 KiB to 100 MiB"}};
}

}  // namespace troupe::homeserver
