#include "homeserver/s3/bucket.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "base/crypto.h"
#include "base/html.h"
#include "homeserver/s3/answer_xml.h"

namespace troupe::homeserver::s3 {
namespace {

constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::seconds kWhole{120};  ///< of one request

Error refused(std::string detail) {
  return Error(Errc::unavailable, "The file could not be stored or read; try again shortly.", std::move(detail))
      .with_retry_after(std::chrono::seconds(2));
}

Error refused_by(const std::string& what, const net::client::ClientResponse& answer) {
  auto said = "S3 " + what + ": status " + std::to_string(answer.status);
  for (const auto* element : {"Code", "Message"}) {
    const auto text = text_of(answer.body, element);
    if (!text.empty()) said += ", " + text.substr(0, 300);
  }
  if (answer.status >= 300 && answer.status < 400) said += " (the endpoint or the region is another's)";
  return refused(std::move(said));
}

bool is_of_the_moment(int status) { return status >= 500 || status == 429 || status == 408; }

}  // namespace

Result<Bucket> Bucket::make(Address address, net::client::HttpClient& http, const base::Clock& clock) {
  TRY(auto endpoint, net::http::Url::parse(address.endpoint));
  while (endpoint.target.ends_with('/')) endpoint.target.pop_back();
  return Bucket(std::move(address), std::move(endpoint), http, clock);
}

net::client::ClientRequest Bucket::request_for(const Wish& wish) const {
  Signable signable{.method = wish.method,
                    .host = endpoint_.authority(),
                    .path = endpoint_.target + '/' + base::percent_encode(address_.bucket),
                    .query = wish.query,
                    .headers = wish.headers,
                    .body_sha256 = base::hex(base::sha256(wish.body))};
  if (!wish.key.empty()) signable.path += '/' + wish.key;
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = wish.method;
  request.url = endpoint_.origin() + signable.path;
  if (!wish.query.empty()) request.url += '?' + query_text(wish.query);
  for (const auto& [name, value] : wish.headers) request.headers.add(name, value);
  for (const auto& [name, value] : sign(signable, address_.keys, clock_.unix_ms())) request.headers.add(name, value);
  request.headers.add("Accept-Encoding", "identity");  // the bytes as they lie there
  request.body = wish.body;
  request.total_timeout = kWhole;
  request.max_body_bytes = kMaxBytes;
  request.max_redirects = 0;
  return request;
}

Task<net::client::ClientResponse> Bucket::ask(Wish wish) {
  Error last(Errc::unavailable);
  auto pause = kFirstPause;
  for (int tries = 1;; ++tries) {
    auto answer = co_await http_.send(request_for(wish));
    if (answer && (answer->status / 100 == 2 || answer->status == 404)) co_return *std::move(answer);
    if (answer) {
      last = refused_by(wish.method, *answer);
      if (!is_of_the_moment(answer->status)) co_return std::move(last);
    } else {
      last = refused("S3 " + wish.method + ": " + answer.error().message() + " " + answer.error().detail());
      const auto code = answer.error().code();
      if (code != Errc::unavailable && code != Errc::timed_out) co_return std::move(last);
    }
    if (tries == kTries) co_return std::move(last);
    asio::steady_timer timer(co_await asio::this_coro::executor, pause);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    pause *= 4;
  }
}

Task<Unit> Bucket::put(std::string key, std::string bytes) {
  CO_TRY(const auto answer, co_await ask({.method = "PUT", .key = std::move(key), .body = std::move(bytes)}));
  if (answer.status == 404) co_return refused_by("PUT", answer);
  co_return Unit{};
}

Task<std::string> Bucket::get(std::string key, std::uint64_t offset, std::size_t count) {
  if (count == 0) co_return std::string();
  Pairs range{{"Range", "bytes=" + std::to_string(offset) + '-' + std::to_string(offset + count - 1)}};
  CO_TRY(auto answer, co_await ask({.method = "GET", .key = std::move(key), .headers = std::move(range)}));
  if (answer.status == 404) co_return Error(Errc::not_found, "No such file.");
  // A service that knows no ranges would send the beginning for every piece.
  if (answer.status != 206) co_return refused_by("GET", answer);
  if (answer.body.size() > count) co_return refused("S3 GET: more than was asked for");
  co_return std::move(answer.body);
}

Task<std::optional<ObjectFacts>> Bucket::find(std::string key) {
  CO_TRY(const auto answer, co_await ask({.method = "HEAD", .key = std::move(key)}));
  if (answer.status == 404) co_return std::nullopt;
  ObjectFacts facts;
  const auto length = answer.headers.get("content-length");
  const auto [end, failed] = std::from_chars(length.data(), length.data() + length.size(), facts.bytes);
  if (failed != std::errc() || end != length.data() + length.size()) co_return refused("S3 HEAD: no length");
  const auto written = read_http_date(answer.headers.get("last-modified"));
  const auto now = read_http_date(answer.headers.get("date"));
  if (written && now) facts.age = std::chrono::seconds((*now - *written) / 1'000);
  co_return facts;
}

Task<Unit> Bucket::remove(std::string key) {
  CO_TRY(co_await ask({.method = "DELETE", .key = std::move(key)}));
  co_return Unit{};
}

Task<KeyPage> Bucket::list(std::string prefix, std::string from) {
  Pairs query{{"list-type", "2"}, {"max-keys", std::to_string(kMaxKeys)}, {"prefix", std::move(prefix)}};
  if (!from.empty()) query.emplace_back("continuation-token", std::move(from));
  CO_TRY(const auto answer, co_await ask({.method = "GET", .key = {}, .query = std::move(query)}));
  if (answer.status == 404) co_return refused_by("GET", answer);
  KeyPage page{.keys = texts_of(answer.body, "Key"), .next = {}};
  if (text_of(answer.body, "IsTruncated") == "true") page.next = text_of(answer.body, "NextContinuationToken");
  co_return page;
}

Task<std::string> Bucket::begin(std::string key) {
  CO_TRY(const auto answer, co_await ask({.method = "POST", .key = std::move(key), .query = {{"uploads", ""}}}));
  auto id = text_of(answer.body, "UploadId");
  if (answer.status == 404 || id.empty()) co_return refused_by("POST", answer);
  co_return id;
}

Task<std::string> Bucket::put_part(std::string key, std::string id, int number, std::string bytes) {
  Pairs query{{"partNumber", std::to_string(number)}, {"uploadId", std::move(id)}};
  CO_TRY(const auto answer,
         co_await ask({.method = "PUT", .key = std::move(key), .query = std::move(query), .body = std::move(bytes)}));
  auto tag = std::string(answer.headers.get("etag"));
  if (answer.status == 404 || tag.empty()) co_return refused_by("PUT", answer);
  co_return tag;
}

Task<Unit> Bucket::complete(std::string key, std::string id, std::vector<std::string> tags) {
  std::string body = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < tags.size(); ++i) {
    body += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" + base::html_escape(tags[i]) +
            "</ETag></Part>";
  }
  body += "</CompleteMultipartUpload>";
  CO_TRY(
      const auto answer,
      co_await ask(
          {.method = "POST", .key = std::move(key), .query = {{"uploadId", std::move(id)}}, .body = std::move(body)}));
  // It may say 200 before it knows.
  if (answer.status == 404 || !text_of(answer.body, "Code").empty()) co_return refused_by("POST", answer);
  co_return Unit{};
}

Task<Unit> Bucket::abort(std::string key, std::string id) {
  Pairs query{{"uploadId", std::move(id)}};
  CO_TRY(co_await ask({.method = "DELETE", .key = std::move(key), .query = std::move(query)}));
  co_return Unit{};
}

Task<std::vector<OpenUpload>> Bucket::open_uploads(std::string prefix) {
  Pairs query{{"uploads", ""}, {"prefix", std::move(prefix)}, {"max-uploads", std::to_string(kMaxKeys)}};
  CO_TRY(const auto answer, co_await ask({.method = "GET", .key = {}, .query = std::move(query)}));
  if (answer.status == 404) co_return refused_by("GET", answer);
  std::vector<OpenUpload> uploads;
  for (const auto& text : texts_of(answer.body, "Upload")) {
    const auto since = read_time(text_of(text, "Initiated"));
    if (since) uploads.push_back({text_of(text, "Key"), text_of(text, "UploadId"), *since});
  }
  co_return uploads;
}

}  // namespace troupe::homeserver::s3
