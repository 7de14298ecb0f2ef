// A service that speaks S3's language, in memory: it checks every signature and hash, as S3 does. Only tests include
// this.
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <optional>

#include "base/crypto.h"
#include "homeserver/s3/bucket.h"

namespace troupe::homeserver::s3 {

class FakeS3 final : public net::client::HttpClient {
 public:
  using Answer = Result<net::client::ClientResponse>;
  struct Object {
    std::string bytes;
    base::UnixMs written_ms = 0;
  };
  struct Parts {
    std::string key;
    std::map<int, std::string> parts;
    base::UnixMs since_ms = 0;
  };

  FakeS3(Bucket::Address address, const base::Clock& clock) : address_(std::move(address)), clock_(clock) {}

  std::map<std::string, Object> objects;
  std::map<std::string, Parts> uploads;
  std::vector<std::string> asked;  ///< "PUT media/ab/…"
  std::size_t page_keys = 1'000;
  /// Answers in its place, before anything is done, or after it when `instead_after`.
  std::function<std::optional<Answer>(const net::client::ClientRequest&)> instead;
  std::function<std::optional<Answer>(const net::client::ClientRequest&)> instead_after;

  Task<net::client::ClientResponse> send(net::client::ClientRequest request) override {
    EXPECT_EQ(request.trust, net::client::Trust::configured);
    EXPECT_EQ(request.max_redirects, 0);
    if (instead) {
      if (auto other = instead(request)) co_return *std::move(other);
    }
    auto answer = serve(request);
    if (instead_after) {
      if (auto other = instead_after(request)) co_return *std::move(other);
    }
    co_return answer;
  }
  Task<net::client::ClientResponse> stream_events(net::client::ClientRequest,
                                                  std::function<bool(const net::client::ServerSentEvent&)>) override {
    co_return Error(Errc::unavailable, "no stream");
  }
  static net::client::ClientResponse response(int status, std::string body = {}) {
    return {.status = status, .headers = {}, .body = std::move(body)};
  }
  static net::client::ClientResponse refusal(int status, std::string_view code) {
    return response(status,
                    fmt::format("<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>No.</Message></Error>", code));
  }

 private:
  struct Asked {
    std::string key;
    Pairs query;
    std::optional<std::string> find(std::string_view name) const {
      for (const auto& [key, value] : query)
        if (key == name) return value;
      return std::nullopt;
    }
  };

  Asked taken_apart(const std::string& url) const {
    const auto rest = url.substr(address_.endpoint.size() + 1);
    Asked found;
    const auto mark = rest.find('?');
    const auto path = rest.substr(0, mark);
    EXPECT_TRUE(path == address_.bucket || path.starts_with(address_.bucket + "/")) << url;
    if (path.size() > address_.bucket.size()) found.key = path.substr(address_.bucket.size() + 1);
    for (auto query = mark == rest.npos ? std::string() : rest.substr(mark + 1); !query.empty();) {
      const auto one = query.substr(0, query.find('&'));
      query.erase(0, one.size() + 1);
      const auto equals = one.find('=');
      found.query.emplace_back(*base::percent_decode(one.substr(0, equals)),
                               equals == one.npos ? "" : *base::percent_decode(one.substr(equals + 1)));
    }
    return found;
  }

  bool is_signed(const net::client::ClientRequest& request, const Asked& wanted) const {
    const auto host = address_.endpoint.substr(address_.endpoint.find("//") + 2);
    Signable signable{.method = request.method,
                      .host = host,
                      .path = '/' + address_.bucket + (wanted.key.empty() ? "" : '/' + wanted.key),
                      .query = wanted.query,
                      .headers = {},
                      .body_sha256 = base::hex(base::sha256(request.body))};
    if (const auto range = request.headers.get("range"); !range.empty())
      signable.headers.emplace_back("Range", std::string(range));
    const auto expected = sign(signable, address_.keys, clock_.unix_ms());
    for (const auto& [name, value] : expected)
      if (request.headers.get(name) != value) return false;
    return true;
  }

  static std::string http_date(base::UnixMs at) {
    const std::time_t seconds = at / 1'000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
  }

  Answer serve(const net::client::ClientRequest& request) {
    const auto wanted = taken_apart(request.url);
    asked.push_back(request.method + " " + wanted.key);
    if (!is_signed(request, wanted)) return refusal(403, "SignatureDoesNotMatch");
    if (wanted.key.empty()) return wanted.find("uploads") ? listed_uploads() : listed(wanted);
    if (wanted.find("uploads")) return begun(wanted.key);
    if (const auto id = wanted.find("uploadId")) return of_upload(request, wanted, *id);
    if (request.method == "PUT") {
      objects[wanted.key] = {request.body, clock_.unix_ms()};
      return response(200);
    }
    if (request.method == "DELETE") {
      objects.erase(wanted.key);
      return response(204);
    }
    const auto found = objects.find(wanted.key);
    if (found == objects.end()) return refusal(404, "NoSuchKey");
    return shown(request, found->second);
  }

  Answer shown(const net::client::ClientRequest& request, const Object& object) const {
    auto answer = response(200);
    answer.headers.add("Last-Modified", http_date(object.written_ms));
    answer.headers.add("Date", http_date(clock_.unix_ms()));
    answer.headers.add("Content-Length", std::to_string(object.bytes.size()));
    if (request.method == "HEAD") return answer;
    const auto range = std::string(request.headers.get("range"));
    std::size_t first = 0, last = 0;
    if (std::sscanf(range.c_str(), "bytes=%zu-%zu", &first, &last) != 2) return response(200, object.bytes);
    if (first >= object.bytes.size()) return refusal(416, "InvalidRange");
    return response(206, object.bytes.substr(first, last - first + 1));
  }

  Answer listed(const Asked& wanted) const {
    const auto prefix = wanted.find("prefix").value_or("");
    const auto after = wanted.find("continuation-token").value_or("");
    std::string keys, last;
    std::size_t count = 0;
    bool more = false;
    for (const auto& [key, object] : objects) {
      if (!key.starts_with(prefix) || key <= after) continue;
      if (count++ == page_keys) {
        more = true;
        break;
      }
      keys += "<Contents><Key>" + key + "</Key><Size>1</Size></Contents>";
      last = key;
    }
    return response(200, fmt::format("<ListBucketResult><IsTruncated>{}</IsTruncated>{}{}</ListBucketResult>", more,
                                     keys, more ? "<NextContinuationToken>" + last + "</NextContinuationToken>" : ""));
  }

  Answer begun(const std::string& key) {
    const auto id = fmt::format("id&{}", ++number_);
    uploads[id] = {.key = key, .parts = {}, .since_ms = clock_.unix_ms()};
    return response(200, fmt::format("<R><UploadId>id&amp;{}</UploadId></R>", number_));
  }

  Answer listed_uploads() const {
    std::string text;
    for (const auto& [id, upload] : uploads) {
      const std::time_t seconds = upload.since_ms / 1'000;
      std::tm parts{};
      gmtime_r(&seconds, &parts);
      char at[64];
      std::strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S.000Z", &parts);
      text += fmt::format("<Upload><Key>{}</Key><UploadId>id&amp;{}</UploadId><Initiated>{}</Initiated></Upload>",
                          upload.key, id.substr(3), at);
    }
    return response(200, "<R>" + text + "</R>");
  }

  Answer of_upload(const net::client::ClientRequest& request, const Asked& wanted, const std::string& id) {
    const auto found = uploads.find(id);
    if (found == uploads.end()) return refusal(404, "NoSuchUpload");
    auto& upload = found->second;
    if (request.method == "DELETE") {
      uploads.erase(found);
      return response(204);
    }
    if (request.method == "PUT") {
      const auto number = std::stoi(wanted.find("partNumber").value_or("0"));
      upload.parts[number] = request.body;
      auto answer = response(200);
      answer.headers.add("ETag", fmt::format("\"tag-{}\"", number));
      return answer;
    }
    std::string whole;
    for (const auto& [number, bytes] : upload.parts) {
      if (!request.body.contains(
              fmt::format("<PartNumber>{}</PartNumber><ETag>&quot;tag-{}&quot;</ETag>", number, number)))
        return response(200, "<Error><Code>InvalidPart</Code></Error>");
      whole += bytes;
    }
    objects[upload.key] = {std::move(whole), clock_.unix_ms()};
    uploads.erase(found);
    return response(200, "<CompleteMultipartUploadResult/>");
  }

  Bucket::Address address_;
  const base::Clock& clock_;
  int number_ = 0;
};

}  // namespace troupe::homeserver::s3
