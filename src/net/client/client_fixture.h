// A client, and peers that answer it by a script.
#pragma once
#include <gtest/gtest.h>

#include "net/client/client.h"
#include "net/tls/test_peer.h"

namespace troupe::net::client::testing_client {

using namespace tls::testing;
using Clock = std::chrono::steady_clock;

// Whoever asks names how far the address is to be trusted.
static_assert(!std::is_default_constructible_v<ClientRequest>);

class ClientTest : public ::testing::Test {
 protected:
  Result<ClientResponse> send(ClientRequest request) {
    auto result = run_to_end(io_, client_->send(std::move(request)));
    return result ? std::move(*result) : Error(Errc::internal, "hung");
  }
  Result<ClientResponse> get(std::string url) {
    ClientRequest request(Trust::configured);
    request.url = std::move(url);
    return send(std::move(request));
  }
  /// Expects the error and that it came in about the given time, far below the other time-outs.
  void expect_error(ClientRequest request, Errc code) {
    const auto start = Clock::now();
    const auto result = send(std::move(request));
    EXPECT_LT(Clock::now() - start, 5s);
    ASSERT_FALSE(result) << result->status << " " << result->body.substr(0, 100);
    EXPECT_EQ(result.error().code(), code) << result.error().message() << " | " << result.error().detail();
  }
  static ClientRequest to(std::string url, std::string method = "GET", std::string body = "") {
    ClientRequest request(Trust::configured);
    request.method = std::move(method);
    request.url = std::move(url);
    request.body = std::move(body);
    return request;
  }
  static ClientRequest untrusted(std::string url) {
    auto request = to(std::move(url));
    request.trust = Trust::untrusted;
    return request;
  }

  asio::io_context io_{1};
  std::unique_ptr<HttpClient> client_ = HttpClient::make({});
};

/// Answers every request on a connection with what `answer` makes of it.
inline Peer::Script answering(std::function<std::string(const std::string&)> answer) {
  return [answer](tls::Stream& stream, int) -> asio::awaitable<void> {
    for (;;) {
      const auto request = co_await read_request(stream);
      if (request.empty()) co_return;
      co_await say(stream, answer(request));
    }
  };
}
/// Sends the same bytes for a request, whole or one by one, and closes.
inline Peer::Script once(std::string bytes, std::size_t step = 1'000'000) {
  return [bytes, step](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    for (std::size_t at = 0; at < bytes.size(); at += step) co_await say(stream, bytes.substr(at, step));
  };
}
/// Sends the bytes and then nothing, without closing.
inline Peer::Script stalling(std::string bytes) {
  return [bytes](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, bytes);
    co_await wait_for_end(stream);
  };
}

}  // namespace troupe::net::client::testing_client
