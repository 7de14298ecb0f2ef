#include "net/client/websocket_client.h"

#include <algorithm>
#include <stdexcept>

#include "base/crypto.h"
#include "base/encoding.h"
#include "net/client/client_connect.h"
#include "net/client/client_exchange.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::net::client {
namespace {

constexpr std::size_t kKeyBytes = 16;
constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24);

/// SPEC: RFC 6455 section 4.1, what the client checks.
Result<Unit> check_answer(const ClientExchange& exchange, const std::string& key) {
  const auto& headers = exchange.headers();
  const int status = exchange.status();
  if (status == 401 || status == 403) {
    return Error(Errc::unknown_token, "the server refuses the credential (" + std::to_string(status) + ")");
  }
  if (status != 101) {
    return Error(Errc::unavailable, "the server opens no WebSocket there: it answered " + std::to_string(status));
  }
  if (!websocket::is_upgrade(headers) || headers.count("sec-websocket-accept") != 1 ||
      headers.get("sec-websocket-accept") != websocket::websocket_accept_key(key)) {
    return Error(Errc::unavailable, "the server's answer is not a WebSocket's");
  }
  if (headers.has("sec-websocket-extensions") || headers.has("sec-websocket-protocol")) {
    return Error(Errc::unavailable, "the server chose a WebSocket extension or protocol that nobody offered");
  }
  return Unit{};
}

class Dialer final : public WebSocketClient {
 public:
  Dialer(http::AddressRules rules, std::shared_ptr<tls::TlsClient> tls)
      : connector_(std::move(rules), std::move(tls)) {}

  Task<Unit> run(WebSocketRequest request, Handler handler) override {
    CO_TRY(const http::Url url, http::Url::parse(http_form(request.url)));
    const auto key = base::base64(base::as_bytes(base::random_bytes(kKeyBytes))) + "==";  // 16 bytes: padded so
    CO_TRY(const auto head, head_of(request, url, key));
    using Clock = std::chrono::steady_clock;
    const auto within = [](std::chrono::milliseconds time) {
      return Clock::now() + std::clamp(time, std::chrono::milliseconds(0), kLongestWait);
    };
    auto connecting = connector_.connect(url, request.trust, within(request.connect_timeout));
    CO_TRY(auto connection, co_await std::move(connecting));
    std::string leftover;
    {
      const ClientExchange::Times times{.first_byte = request.handshake_timeout,
                                        .idle = request.handshake_timeout,
                                        .total = within(request.handshake_timeout)};
      ClientExchange exchange(*connection, times, false, true);
      auto started = co_await exchange.start(head, {});
      if (started) started = check_answer(exchange, key);
      if (!started) {
        connection->stream->close();
        if (started.error().code() == Errc::timed_out) {
          co_return Error(Errc::timed_out, url.origin() + " did not answer in time");
        }
        co_return Error(started.error().code(), url.origin() + ": " + started.error().message(),
                        started.error().detail());
      }
      leftover = std::move(connection->input);
    }
    connection->stream->read_until(tls::Stream::kNever);
    connection->stream->write_until(tls::Stream::kNever);
    co_await websocket::join_websocket(*connection->stream, std::move(leftover), std::move(handler), request.limits);
    co_return Unit{};
  }

 private:
  static Result<std::string> head_of(const WebSocketRequest& request, const http::Url& url, const std::string& key) {
    ClientRequest plain(request.trust);
    plain.headers = request.headers;
    TRY(check_request(plain));
    for (const auto& [name, value] : request.headers.all()) {
      if (name.size() >= 13 && http::equals_ignoring_case(std::string_view(name).substr(0, 13), "sec-websocket")) {
        return Error(Errc::invalid_param, "the header " + name + " cannot be set: the client does");
      }
    }
    plain.headers.add("Connection", "Upgrade");
    plain.headers.add("Upgrade", "websocket");
    plain.headers.add("Sec-WebSocket-Key", key);
    plain.headers.add("Sec-WebSocket-Version", "13");
    return request_head(plain, url, false, false);
  }

  Connector connector_;
};

}  // namespace

std::string http_form(std::string_view url) {
  const auto starts = [&](std::string_view scheme) {
    return url.size() >= scheme.size() && http::equals_ignoring_case(url.substr(0, scheme.size()), scheme);
  };
  if (starts("ws://") || starts("wss://")) return "http" + std::string(url.substr(2));
  return std::string(url);
}

std::unique_ptr<WebSocketClient> WebSocketClient::make(ClientOptions options) {
  auto rules = http::AddressRules::make(options.allowed_private);
  if (!rules) throw std::invalid_argument(rules.error().message());
  auto tls = tls::TlsClient::make(options.ca_file, options.certificate);
  if (!tls) throw std::invalid_argument(tls.error().message());
  return std::make_unique<Dialer>(std::move(*rules), std::move(*tls));
}

}  // namespace troupe::net::client
