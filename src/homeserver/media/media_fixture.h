// Uploads and downloads through the router, and pictures to upload. Only tests include this.
#pragma once
#include "base/crypto.h"
#include "homeserver/accounts/account_fixture.h"
#include "homeserver/common/settings.h"
#include "homeserver/media/folder_files.h"
#include "homeserver/media/media_routes.h"
#include "homeserver/media/media_types.h"
#include "host/listeners.h"
#include "kit/bodies.h"

namespace troupe::homeserver::media {

using kit::Collector;
using kit::Pieces;

/// A PPM is no format that is let in, so tests write an uncompressed PNG: 8-bit grey, one stored deflate block a row.
inline std::string png(std::uint32_t width, std::uint32_t height) {
  const auto be32 = [](std::uint32_t n) {
    return std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
                       static_cast<char>(n)};
  };
  const auto crc = [](std::string_view bytes) {
    std::uint32_t c = 0xffffffff;
    for (unsigned char b : bytes) {
      c ^= b;
      for (int k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320 ^ (c >> 1) : c >> 1;
    }
    return c ^ 0xffffffff;
  };
  const auto chunk = [&](std::string type, const std::string& data) {
    return be32(static_cast<std::uint32_t>(data.size())) + type + data + be32(crc(type + data));
  };
  std::string idat = {'\x78', '\x01'};
  std::uint32_t a = 1, b = 0;
  for (std::uint32_t y = 0; y < height; ++y) {
    std::string row(1 + width, '\0');
    for (std::uint32_t x = 0; x < width; ++x) row[1 + x] = static_cast<char>(x ^ y);
    const auto n = static_cast<std::uint16_t>(row.size());
    idat += y + 1 == height ? '\x01' : '\x00';
    idat += {static_cast<char>(n & 255), static_cast<char>(n >> 8), static_cast<char>(~n & 255),
             static_cast<char>((~n >> 8) & 255)};
    idat += row;
    for (unsigned char byte : row) {
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
  }
  idat += be32(b << 16 | a);
  const std::string ihdr = be32(width) + be32(height) + std::string{'\x08', '\0', '\0', '\0', '\0'};
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", ihdr) + chunk("IDAT", idat) + chunk("IEND", "");
}

class MediaTest : public accounts::AccountFixture {
 protected:
  MediaTest() {
    settings_.edit<MediaSettings>().max_upload_bytes = 1'000'000;
    if (!store::migrate(*db_, "homeserver", migrations())) throw std::runtime_error("migration");
    add_media_routes(router_, api_);
  }
  /// Not in the constructor: a fixture over this one may add routes first.
  void SetUp() override { token_ = signed_in("anna"); }

  /// As it is, or as it was streamed.
  accounts::Answer whole_answer(const net::http::Response& response) {
    accounts::Answer answer{.status = response.status, .headers = response.headers, .body = response.body, .json = {}};
    if (response.stream) {
      Collector collector;
      EXPECT_TRUE(run(response.stream(collector)).has_value());
      answer.body = std::move(collector.bytes);
      EXPECT_EQ(response.content_length, answer.body.size());
    }
    return answer;
  }
  /// A request whose answer may be streamed.
  accounts::Answer fetch(std::string_view target, std::string_view token, std::string if_none_match = {}) {
    net::http::Request request;
    request.method = "GET";
    EXPECT_TRUE(request.set_target(target).has_value());
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + std::string(token));
    if (!if_none_match.empty()) request.headers.add("If-None-Match", std::move(if_none_match));
    freeze();
    auto response = run(router_.dispatch(host::kMatrixListener, request));
    auto answer = whole_answer(response);
    boost::system::error_code ignored;
    auto parsed = boost::json::parse(answer.body, ignored);
    if (auto* object = parsed.if_object()) answer.json = std::move(*object);
    return answer;
  }

  accounts::Answer upload(std::vector<std::string> pieces, std::string type,
                          std::string target = "/_matrix/media/v3/upload", std::string method = "POST",
                          std::string token = {}) {
    Pieces body(std::move(pieces));
    net::http::Request request;
    request.method = std::move(method);
    EXPECT_TRUE(request.set_target(target).has_value());
    request.stream = &body;
    request.headers.add("Authorization", "Bearer " + (token.empty() ? token_ : token));
    if (!type.empty()) request.headers.add("Content-Type", type);
    freeze();
    auto response = run(router_.dispatch(host::kMatrixListener, request));
    accounts::Answer answer{.status = response.status, .headers = response.headers, .body = response.body, .json = {}};
    answer.json = boost::json::parse(answer.body).as_object();
    return answer;
  }
  /// The part after mxc:// of an upload that must succeed.
  std::string uploaded(std::vector<std::string> pieces, std::string type, std::string query = {}) {
    const auto answer = upload(std::move(pieces), std::move(type), "/_matrix/media/v3/upload" + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.text("content_uri").starts_with("mxc://example.org/"));
    return answer.text("content_uri").substr(6);
  }

  static std::string hash_of(std::string_view bytes) { return base::hex(base::sha256(bytes)); }

  store::BlobStore blobs_ = *store::BlobStore::open(dir_.path() / "media");
  ThumbnailerOptions thumbnailer_options_{.command = {"/proc/self/exe"}, .timeout = std::chrono::seconds(20)};
  Thumbnailer thumbnailer_{metrics_, thumbnailer_options_};
  FolderFiles files_{blobs_, cpu_};
  MediaService media_{{*db_, files_, thumbnailer_, *bus_, settings_, clock_}};
  MediaApi api_{media_, settings_};
  std::string token_;
};

}  // namespace troupe::homeserver::media
