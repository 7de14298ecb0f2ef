#include "net/client/client.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <limits>
#include <optional>
#include <stdexcept>

#include "net/client/client_connect.h"
#include "net/client/client_exchange.h"
#include "net/client/sse.h"
#include "net/http/gzip.h"

namespace troupe::net::client {
namespace {
using Clock = std::chrono::steady_clock;
constexpr std::size_t kDrainBytes = 64 * 1024;  ///< of a redirect's body, to keep the connection

bool is_idempotent(const ClientRequest& request) {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
    if (request.method == method) return true;
  }
  return request.headers.has("idempotency-key");
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The URL that was asked for, in its own place: the same host and port, or that host's https.
bool is_same_place(const http::Url& asked, const http::Url& now) {
  return asked.host == now.host && (asked.same_origin(now) || (!asked.tls && now.tls && now.port == 443));
}

http::Headers without(const http::Headers& headers, std::initializer_list<std::string_view> names) {
  http::Headers kept;
  for (const auto& [name, value] : headers.all()) {
    const auto dropped = [&name](std::string_view other) { return http::equals_ignoring_case(name, other); };
    if (std::ranges::none_of(names, dropped)) kept.add(name, value);
  }
  return kept;
}

/// SPEC: RFC 9110 section 15.4 and what all clients do.
void turn_into_redirected(ClientRequest& request, int status, const http::Url& from, const http::Url& to) {
  const bool to_get =
      (status == 303 && request.method != "HEAD") || ((status == 301 || status == 302) && request.method == "POST");
  if (to_get) {
    request.method = "GET";
    request.body.clear();
    request.headers =
        without(request.headers, {"content-type", "content-encoding", "content-language", "content-location"});
  }
  if (!from.same_origin(to)) {
    request.headers = without(request.headers, {"authorization", "cookie", "proxy-authorization", "x-api-key"});
  }
}

/// Times beyond any use, so that adding them to now cannot overflow.
constexpr std::chrono::milliseconds kMaxTime = std::chrono::hours(24 * 365);

void clamp_times(ClientRequest& request) {
  for (auto* time :
       {&request.connect_timeout, &request.first_byte_timeout, &request.idle_timeout, &request.total_timeout}) {
    *time = std::clamp(*time, std::chrono::milliseconds(0), kMaxTime);
  }
}

bool sends_length(const ClientRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

Error at_origin(const http::Url& url, const Error& error) {
  if (error.code() == Errc::timed_out) return Error(Errc::timed_out, url.origin() + " did not answer in time");
  return Error(error.code(), url.origin() + ": " + error.message(), error.detail());
}

/// An answer whose head has been read, and the connection its body comes on.
struct Answer {
  std::unique_ptr<ClientConnection> connection;
  std::unique_ptr<ClientExchange> exchange;
  std::string pool_key;
  http::Url url;
};

class PooledClient final : public HttpClient {
 public:
  PooledClient(http::AddressRules rules, std::shared_ptr<tls::TlsClient> tls, ClientOptions options)
      : connector_(std::move(rules), std::move(tls), std::move(options.unix_socket)),
        connections_per_host_(options.connections_per_host) {}

  Task<ClientResponse> send(ClientRequest request) override {
    const bool decode = !request.headers.has("accept-encoding");
    const auto max_bytes = request.max_body_bytes;
    auto opening = open(std::move(request), decode);
    CO_TRY(Answer answer, co_await std::move(opening));
    co_return co_await whole(std::move(answer), decode, max_bytes);
  }

  Task<ClientResponse> stream_events(ClientRequest request,
                                     std::function<bool(const ServerSentEvent&)> receive) override {
    const bool decode = !request.headers.has("accept-encoding");
    const auto max_bytes = request.max_body_bytes, max_stream_bytes = request.max_stream_bytes;
    if (!request.headers.has("accept")) request.headers.add("Accept", "text/event-stream");
    auto opening = open(std::move(request), false);  // compression would hold events back
    CO_TRY(Answer answer, co_await std::move(opening));
    auto type = answer.exchange->headers().get("content-type");
    type = type.substr(0, type.find_first_of("; \t"));
    if (answer.exchange->status() != 200 || !http::equals_ignoring_case(type, "text/event-stream")) {
      co_return co_await whole(std::move(answer), decode, max_bytes);
    }
    co_return co_await events(std::move(answer), max_bytes, max_stream_bytes, std::move(receive));
  }

  Task<ClientResponse> stream_body(ClientRequest request,
                                   std::function<bool(std::string_view piece)> receive) override {
    const auto max_bytes = request.max_body_bytes, max_stream_bytes = request.max_stream_bytes;
    auto opening = open(std::move(request), false);
    CO_TRY(Answer answer, co_await std::move(opening));
    const int status = answer.exchange->status();
    if (status < 200 || status > 299) co_return co_await whole(std::move(answer), false, max_bytes);
    co_return co_await pieces(std::move(answer), max_stream_bytes, std::move(receive));
  }

 private:
  /// The address rule, redirects and the repeat: up to the head of the answer that counts.
  Task<Answer> open(ClientRequest request, bool accept_gzip) {
    CO_TRY(check_request(request));
    CO_TRY(http::Url url, http::Url::parse(request.url));
    const http::Url asked = url;
    clamp_times(request);
    const auto deadline = Clock::now() + request.total_timeout;
    for (int hops = 0;; ++hops) {
      const bool led_away = request.trust == Trust::configured && !is_same_place(asked, url);
      auto going = ask(&request, url, led_away ? Trust::untrusted : request.trust, accept_gzip, deadline);
      CO_TRY(Answer answer, co_await std::move(going));
      const int status = answer.exchange->status();
      const auto location = std::string(answer.exchange->headers().get("location"));
      if (!is_redirect(status) || location.empty() || request.max_redirects <= 0) co_return answer;
      if (hops >= request.max_redirects) {
        co_return Error(Errc::unavailable,
                        asked.origin() + ": more than " + std::to_string(request.max_redirects) + " redirects");
      }
      auto next = url.resolve(location);
      if (!next) co_return Error(Errc::unavailable, url.origin() + ": " + next.error().message());
      co_await drain(std::move(answer));
      turn_into_redirected(request, status, url, *next);
      request.never_sent.reset();  // the first URL had it
      url = std::move(*next);
    }
  }

  /// One request to one URL, repeated once when a pooled connection turns out to be dead. `request` outlives the task.
  Task<Answer> ask(const ClientRequest* request, http::Url url, Trust trust, bool accept_gzip,
                   Clock::time_point deadline) {
    const auto executor = co_await asio::this_coro::executor;
    const std::string key = std::to_string(client_number_) + " " + url.origin();
    const std::string head = request_head(*request, url, sends_length(*request), accept_gzip);
    const ClientExchange::Times times{request->first_byte_timeout, request->idle_timeout, deadline};
    const auto fits = [&](const ClientConnection& connection) { return connector_.allows(connection.address, trust); };
    bool tried = false;
    for (bool fresh = request->fresh_connection;; fresh = true) {
      Answer answer;
      if (!fresh) answer.connection = IdleConnections::of(executor).take(key, fits);
      if (!answer.connection) {
        auto connecting = connector_.connect(url, trust, std::min(Clock::now() + request->connect_timeout, deadline));
        auto connected = co_await std::move(connecting);
        if (!connected && !tried && request->never_sent) *request->never_sent = true;
        CO_TRY(answer.connection, std::move(connected));
      }
      tried = true;
      answer.exchange = std::make_unique<ClientExchange>(*answer.connection, times, request->method == "HEAD");
      const auto started = co_await answer.exchange->start(head, request->body);
      if (started) {
        answer.pool_key = key;
        answer.url = std::move(url);
        co_return answer;
      }
      const bool stale = answer.connection->reused && !answer.exchange->answered() &&
                         started.error().code() == Errc::unavailable && is_idempotent(*request);
      if (!stale) co_return at_origin(url, started.error());
    }
  }

  asio::awaitable<void> keep(Answer answer) {
    if (!answer.exchange->reusable()) co_return;
    answer.connection->expires = answer.exchange->reusable_until();
    const auto executor = co_await asio::this_coro::executor;
    IdleConnections::of(executor).put(answer.pool_key, std::move(answer.connection), connections_per_host_);
  }

  /// Reads a body that nobody wants, if it is short.
  asio::awaitable<void> drain(Answer answer) {
    for (std::size_t bytes = 0; bytes <= kDrainBytes;) {
      const auto piece = co_await answer.exchange->body_piece();
      if (!piece) co_return;
      if (piece->empty()) break;
      bytes += piece->size();
    }
    co_await keep(std::move(answer));
  }

  static bool is_gzip(const http::Headers& headers) {
    const auto encoding = headers.get("content-encoding");
    return http::equals_ignoring_case(encoding, "gzip") || http::equals_ignoring_case(encoding, "x-gzip");
  }

  Task<ClientResponse> whole(Answer answer, bool decode, std::size_t max_bytes) {
    auto& exchange = *answer.exchange;
    ClientResponse response;
    response.status = exchange.status();
    response.headers = exchange.headers();
    const auto too_large = [&] {
      return Error(Errc::too_large,
                   answer.url.origin() + ": the answer is larger than " + std::to_string(max_bytes) + " bytes");
    };
    if (exchange.announced_bytes().value_or(0) > max_bytes) co_return too_large();
    std::optional<http::GzipDecoder> gzip;
    if (decode && is_gzip(response.headers)) gzip.emplace(max_bytes);
    for (std::size_t encoded_bytes = 0;;) {
      auto piece = co_await exchange.body_piece();
      if (!piece) co_return at_origin(answer.url, piece.error());
      if (piece->empty()) break;
      encoded_bytes += piece->size();
      if (encoded_bytes > max_bytes) co_return too_large();
      if (gzip) {
        auto plain = gzip->feed(*piece);
        if (!plain) co_return gzip_error(answer.url, plain.error());
        *piece = std::move(*plain);
      }
      if (response.body.empty()) {
        response.body = std::move(*piece);
      } else {
        response.body += *piece;
      }
    }
    if (gzip) {
      if (!gzip->at_end()) co_return Error(Errc::unavailable, answer.url.origin() + ": the gzip body is cut off");
      response.headers = without(response.headers, {"content-encoding", "content-length"});
    }
    co_await keep(std::move(answer));
    co_return response;
  }

  Task<ClientResponse> events(Answer answer, std::size_t max_event_bytes, std::size_t max_stream_bytes,
                              std::function<bool(const ServerSentEvent&)> receive) {
    auto& exchange = *answer.exchange;
    ClientResponse response{exchange.status(), exchange.headers(), {}};
    SseParser parser(max_event_bytes);
    std::optional<http::GzipDecoder> gzip;
    if (is_gzip(response.headers)) gzip.emplace(max_stream_bytes);
    for (std::size_t bytes = 0;;) {
      auto piece = co_await exchange.body_piece();
      if (!piece) co_return at_origin(answer.url, piece.error());
      if (piece->empty()) break;
      if (gzip) {
        auto plain = gzip->feed(*piece);
        if (!plain) co_return gzip_error(answer.url, plain.error());
        *piece = std::move(*plain);
      }
      bytes += piece->size();
      if (bytes > max_stream_bytes)
        co_return Error(Errc::too_large, answer.url.origin() + ": the stream is larger than " +
                                             std::to_string(max_stream_bytes) + " bytes");
      auto go_on = parser.feed(*piece, receive);
      if (!go_on) co_return at_origin(answer.url, go_on.error());
      if (!*go_on) co_return response;  // the connection goes with the rest of the stream
    }
    co_await keep(std::move(answer));
    co_return response;
  }

  Task<ClientResponse> pieces(Answer answer, std::size_t max_stream_bytes,
                              std::function<bool(std::string_view piece)> receive) {
    auto& exchange = *answer.exchange;
    ClientResponse response{exchange.status(), exchange.headers(), {}};
    for (std::size_t bytes = 0;;) {
      const auto piece = co_await exchange.body_piece();
      if (!piece) co_return at_origin(answer.url, piece.error());
      if (piece->empty()) break;
      bytes += piece->size();
      if (bytes > max_stream_bytes) {
        co_return Error(Errc::too_large, answer.url.origin() + ": the stream is larger than " +
                                             std::to_string(max_stream_bytes) + " bytes");
      }
      if (!receive(*piece)) co_return response;  // the connection goes with the rest of the stream
    }
    co_await keep(std::move(answer));
    co_return response;
  }

  static Error gzip_error(const http::Url& url, const Error& error) {
    const auto code = error.code() == Errc::too_large ? Errc::too_large : Errc::unavailable;
    return Error(code, url.origin() + ": " + error.message(), error.detail());
  }

  static std::uint64_t next_number() {
    static std::atomic<std::uint64_t> number{0};
    return ++number;
  }

  Connector connector_;
  const std::size_t connections_per_host_;
  const std::uint64_t client_number_ = next_number();  ///< so that two clients share no connections
};
}  // namespace

std::unique_ptr<HttpClient> HttpClient::make(ClientOptions options) {
  auto rules = http::AddressRules::make(options.allowed_private);
  if (!rules) throw std::invalid_argument(rules.error().message());
  auto tls = tls::TlsClient::make(options.ca_file, options.certificate);
  if (!tls) throw std::invalid_argument(tls.error().message());
  return std::make_unique<PooledClient>(std::move(*rules), std::move(*tls), std::move(options));
}

Task<ClientResponse> HttpClient::stream_body(ClientRequest request,
                                             std::function<bool(std::string_view piece)> receive) {
  auto asking = send(std::move(request));
  CO_TRY(auto response, co_await std::move(asking));
  if (response.status >= 200 && response.status <= 299) {
    const auto body = std::exchange(response.body, {});
    if (!body.empty()) receive(body);
  }
  co_return response;
}

}  // namespace troupe::net::client
