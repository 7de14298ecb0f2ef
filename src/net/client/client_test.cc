#include "net/client/client.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>

#include "base/crypto.h"
#include "net/http/gzip.h"
#include "net/tls/test_peer.h"

namespace troupe::net {
namespace {
using namespace testing;
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
Peer::Script answering(std::function<std::string(const std::string&)> answer) {
  return [answer](Stream& stream, int) -> asio::awaitable<void> {
    for (;;) {
      const auto request = co_await read_request(stream);
      if (request.empty()) co_return;
      co_await say(stream, answer(request));
    }
  };
}
/// Sends the same bytes for a request, whole or one by one, and closes.
Peer::Script once(std::string bytes, std::size_t step = 1'000'000) {
  return [bytes, step](Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    for (std::size_t at = 0; at < bytes.size(); at += step) co_await say(stream, bytes.substr(at, step));
  };
}
/// Sends the bytes and then nothing, without closing.
Peer::Script stalling(std::string bytes) {
  return [bytes](Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, bytes);
    co_await wait_for_end(stream);
  };
}

TEST_F(ClientTest, SendsARequestAndReadsTheAnswer) {
  Peer peer(answering([](const std::string& request) { return ok(request, "X-One: 1\r\nX-One: 2\r\n"); }));
  auto request = to(peer.url("/a%20b?c=d#e"), "POST", "{\"x\":1}");
  request.headers.add("Content-Type", "application/json");
  const auto response = send(request).value();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("x-one"), "1");
  EXPECT_EQ(response.headers.count("X-ONE"), 2U);
  EXPECT_EQ(response.body, "POST /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(peer.port()) +
                               "\r\nContent-Type: application/json\r\nUser-Agent: Troupe\r\nAccept: */*\r\n"
                               "Accept-Encoding: gzip\r\nContent-Length: 7\r\n\r\n{\"x\":1}");
}

TEST_F(ClientTest, EveryStatusIsAnAnswer) {
  Peer peer(answering([](const std::string&) { return "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy"; }));
  const auto response = get(peer.url()).value();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "busy");
}

TEST_F(ClientTest, ConnectionsAreUsedAgain) {
  Peer peer(answering([](const std::string& request) {
    return ok("hi", request.starts_with("GET /close") ? "Connection: close\r\n" : "");
  }));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(peer.url()).value().body, "hi");
  EXPECT_EQ(peer.connections(), 1);
  EXPECT_TRUE(get(peer.url("/close")));
  EXPECT_TRUE(get(peer.url()));
  EXPECT_EQ(peer.connections(), 2);
  EXPECT_TRUE(get(peer.url("/", "localhost")));  // another host, another connection
  EXPECT_EQ(peer.connections(), 3);
}

TEST_F(ClientTest, TheServersKeepAliveTimeIsKept) {
  Peer peer(answering([](const std::string&) { return ok("hi", "Keep-Alive: timeout=1, max=100\r\n"); }));
  EXPECT_TRUE(get(peer.url()));
  EXPECT_TRUE(get(peer.url()));
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(ClientTest, AServerThatHangsUpBetweenRequestsIsNoError) {
  Peer peer([](Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, ok("hi"));
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(peer.url()).value().body, "hi");
}

TEST_F(ClientTest, AStaleConnectionIsRepeatedOnceAndOnlyWhenThatIsHarmless) {
  // Each connection answers one request and takes a second one without answering.
  Peer peer([](Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, ok("hi"));
    co_await read_request(stream);
  });
  EXPECT_TRUE(get(peer.url()));
  EXPECT_TRUE(get(peer.url()));  // repeated
  EXPECT_EQ(peer.connections(), 2);
  expect_error(to(peer.url(), "POST", "x"), Errc::unavailable);
  EXPECT_EQ(peer.connections(), 2);
  EXPECT_TRUE(get(peer.url()));
  auto keyed = to(peer.url(), "POST", "x");
  keyed.headers.add("Idempotency-Key", "1");
  EXPECT_TRUE(send(keyed));
  EXPECT_EQ(peer.connections(), 4);
}

TEST_F(ClientTest, AFreshConnectionIsNotRepeated) {
  Peer peer([](Stream& stream, int) -> asio::awaitable<void> { co_await read_request(stream); });
  expect_error(to(peer.url()), Errc::unavailable);
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(ClientTest, StallsEndInTime) {
  Peer silent(stalling(""));
  auto request = to(silent.url());
  request.first_byte_timeout = 100ms;
  expect_error(request, Errc::timed_out);

  Peer half_head(stalling("HTTP/1.1 200 OK\r\nContent-"));
  request = to(half_head.url());
  request.idle_timeout = 100ms;
  expect_error(request, Errc::timed_out);

  Peer half_body(stalling("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"));
  request = to(half_body.url());
  request.idle_timeout = 100ms;
  expect_error(request, Errc::timed_out);

  Peer interim(stalling("HTTP/1.1 100 Continue\r\n\r\n"));
  request = to(interim.url());
  request.total_timeout = 200ms;
  expect_error(request, Errc::timed_out);
}

TEST_F(ClientTest, DripsEndAtTheTotalTimeout) {
  Peer drip([](Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    asio::steady_timer timer(stream.get_executor());
    for (int i = 0; i < 1000; ++i) {
      co_await say(stream, "x");
      timer.expires_after(20ms);
      co_await timer.async_wait(asio::use_awaitable);
    }
  });
  auto request = to(drip.url());
  request.total_timeout = 300ms;
  expect_error(request, Errc::timed_out);
}

TEST_F(ClientTest, APeerThatDoesNotReadIsGivenUp) {
  Peer deaf([](Stream& stream, int) -> asio::awaitable<void> {
    asio::steady_timer timer(stream.get_executor(), 10s);
    co_await timer.async_wait(asio::use_awaitable);
  });
  auto request = to(deaf.url(), "POST", std::string(30'000'000, 'x'));
  request.idle_timeout = 200ms;
  expect_error(request, Errc::timed_out);
}

TEST_F(ClientTest, NothingListens) {
  std::uint16_t port = 0;
  {
    tcp::acceptor closed(io_, {asio::ip::address_v4::loopback(), 0});
    port = closed.local_endpoint().port();
  }
  expect_error(to("http://127.0.0.1:" + std::to_string(port)), Errc::unavailable);
  expect_error(to("http://does-not-exist.invalid/"), Errc::unavailable);
}

TEST_F(ClientTest, CutAnswersAreErrors) {
  for (const char* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
                            "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\n", ""}) {
    Peer peer(once(bytes));
    expect_error(to(peer.url()), Errc::unavailable);
  }
}

TEST_F(ClientTest, WhatIsNotHttpIsAnError) {
  for (const auto& bytes :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("HTTP/1.1 2000 OK\r\n\r\n"),
        std::string("\0\1\2\3\r\n\r\n", 8),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        std::string("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n"}) {
    Peer peer(once(bytes));
    expect_error(to(peer.url()), Errc::unavailable);
  }
}

TEST_F(ClientTest, EveryFramingOfABodyInAnyPieces) {
  const std::string bodies[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nX: "
      "y\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\nhello",
      "HTTP/1.0 200 OK\r\n\r\nhello",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
      "5\r\n\r\nhello",
  };
  for (const auto& bytes : bodies) {
    for (std::size_t step : {1UL, 3UL, 1'000UL}) {
      Peer peer(once(bytes, step));
      EXPECT_EQ(get(peer.url()).value().body, "hello") << bytes;
    }
  }
}

TEST_F(ClientTest, ALoneLastChunkByteByByte) {
  Peer peer([](Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    asio::steady_timer pause(stream.get_executor());
    for (std::string piece : {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0", "\r\n", "\r", "\n"}) {
      co_await say(stream, piece);
      pause.expires_after(10ms);  // so that the pieces come as pieces
      co_await pause.async_wait(asio::use_awaitable);
    }
  });
  EXPECT_EQ(get(peer.url()).value().body, "");
}

TEST_F(ClientTest, AnswersWithoutBody) {
  Peer peer(answering([](const std::string& request) {
    if (request.starts_with("HEAD")) return std::string("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    return std::string("HTTP/1.1 204 No Content\r\n\r\n");
  }));
  EXPECT_EQ(send(to(peer.url(), "HEAD")).value().headers.get("content-length"), "99999999999");
  EXPECT_EQ(send(to(peer.url(), "DELETE")).value().status, 204);
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(ClientTest, TooManyInterimAnswersAreAnError) {
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
  Peer peer(once(bytes + ok("hi")));
  expect_error(to(peer.url()), Errc::unavailable);
}

TEST_F(ClientTest, CompressedBodiesAreExpandedWithinTheLimit) {
  const std::string text = std::string(50'000, 'x') + base::random_alphanumeric(50'000);
  Peer peer(answering([&](const std::string& request) {
    if (request.starts_with("GET /bomb"))
      return ok(gzip_compress(std::string(20'000'000, '\0')), "Content-Encoding: gzip\r\n");
    if (request.starts_with("GET /cut")) return ok(gzip_compress(text).substr(0, 1000), "Content-Encoding: gzip\r\n");
    if (request.starts_with("GET /bad")) return ok("no gzip", "Content-Encoding: gzip\r\n");
    return ok(gzip_compress(text), "Content-Encoding: GZIP\r\n");
  }));
  const auto response = get(peer.url()).value();
  EXPECT_EQ(response.body, text);
  EXPECT_FALSE(response.headers.has("content-encoding"));
  EXPECT_FALSE(response.headers.has("content-length"));

  auto raw = to(peer.url());
  raw.headers.add("Accept-Encoding", "gzip");
  EXPECT_EQ(send(raw).value().body, gzip_compress(text));

  expect_error(to(peer.url("/bomb")), Errc::too_large);
  expect_error(to(peer.url("/cut")), Errc::unavailable);
  expect_error(to(peer.url("/bad")), Errc::unavailable);
}

TEST_F(ClientTest, BodiesOverTheLimitAreCutOff) {
  Peer announced(once("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x')));
  auto request = to(announced.url());
  request.max_body_bytes = 1000;
  expect_error(request, Errc::too_large);

  const std::string chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
  Peer endless([&](Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (;;) {
      const auto written = co_await stream.write_all(chunk);
      if (!written) co_return;
    }
  });
  request = to(endless.url());
  request.max_body_bytes = 100'000;
  expect_error(request, Errc::too_large);

  Peer exact(once(ok(std::string(1000, 'x'))));
  request = to(exact.url());
  request.max_body_bytes = 1000;
  EXPECT_TRUE(send(request));
}

TEST_F(ClientTest, LargeBodiesGoBothWays) {
  const auto text = base::random_bytes(5'000'000);
  Peer peer(answering([](const std::string& request) { return ok(request.substr(request.find("\r\n\r\n") + 4)); }));
  EXPECT_EQ(send(to(peer.url(), "PUT", text)).value().body, text);
  EXPECT_EQ(send(to(peer.url(), "PUT", text)).value().body, text);
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(ClientTest, AnAnswerBeforeTheEndOfTheRequestCounts) {
  Peer peer([](Stream& stream, int) -> asio::awaitable<void> {
    co_await say(stream, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
    static_cast<void>(co_await stream.shutdown_write());
    co_await wait_for_end(stream);
  });
  const auto response = send(to(peer.url(), "POST", std::string(3'000'000, 'x')));
  EXPECT_EQ(response.value().status, 413);
}

TEST_F(ClientTest, RedirectsKeepOrTurnTheMethod) {
  Peer peer(answering([](const std::string& request) {
    const auto path = request.substr(request.find('/') + 1, 3);
    if (path == "end") return ok(request.substr(0, 4) + "|" + request.substr(request.find("\r\n\r\n") + 4));
    return "HTTP/1.1 " + path + " Moved\r\nLocation: /end\r\nContent-Length: 3\r\n\r\nold";
  }));
  for (const auto& [path, method, expected] :
       {std::tuple{"/301", "POST", "GET |"}, std::tuple{"/302", "POST", "GET |"}, std::tuple{"/303", "PUT", "GET |"},
        std::tuple{"/307", "POST", "POST|body"}, std::tuple{"/308", "POST", "POST|body"},
        std::tuple{"/301", "PUT", "PUT |body"}}) {
    EXPECT_EQ(send(to(peer.url(path), method, "body")).value().body, expected) << path << method;
  }
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(ClientTest, RedirectsAreCounted) {
  Peer peer(
      answering([](const std::string&) { return "HTTP/1.1 302 F\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"; }));
  expect_error(to(peer.url()), Errc::unavailable);
  auto request = to(peer.url());
  request.max_redirects = 0;
  EXPECT_EQ(send(request).value().status, 302);
}

TEST_F(ClientTest, CredentialsDoNotFollowToAnotherOrigin) {
  client_ = HttpClient::make({.allowed_private = {"127.0.0.0/8"}, .ca_file = "", .connections_per_host = 16});
  Peer target(answering([](const std::string& request) { return ok(request); }));
  Peer source(answering([&](const std::string& request) {
    if (request.starts_with("GET /end")) return ok(request);
    const auto location = request.starts_with("GET /far") ? target.url() : "/end";
    return "HTTP/1.1 302 F\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n";
  }));
  for (const auto& [path, kept] : {std::pair{"/far", false}, std::pair{"/near", true}}) {
    auto request = to(source.url(path));
    request.headers.add("Authorization", "Bearer secret");
    request.headers.add("cookie", "a=secret");
    request.headers.add("X-Other", "stays");
    const auto body = send(request).value().body;
    EXPECT_EQ(body.contains("secret"), kept) << body;
    EXPECT_TRUE(body.contains("stays"));
  }
}

TEST_F(ClientTest, UntrustedUrlsDoNotReachThePrivateNetwork) {
  Peer peer(answering([](const std::string&) { return ok("secret"); }));
  const auto port = ":" + std::to_string(peer.port()) + "/";
  for (const char* host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "0x7f000001",
                           "2130706433", "169.254.169.254", "10.0.0.1"}) {
    expect_error(untrusted("http://" + std::string(host) + port), Errc::forbidden);
  }
  EXPECT_EQ(peer.connections(), 0);
  // A connection that a trusted request left in the pool is no way in.
  EXPECT_TRUE(get(peer.url()));
  expect_error(untrusted(peer.url()), Errc::forbidden);

  client_ = HttpClient::make({.allowed_private = {"127.0.0.1"}, .ca_file = "", .connections_per_host = 16});
  EXPECT_EQ(send(untrusted(peer.url())).value().body, "secret");
  EXPECT_EQ(send(untrusted(peer.url())).value().body, "secret");
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(ClientTest, RedirectsIntoThePrivateNetworkAreRefused) {
  Peer secret(answering([](const std::string&) { return ok("secret"); }));
  Peer source(answering([&](const std::string& request) {
    std::string location = secret.url();
    if (request.starts_with("GET /same")) location = "/end";
    if (request.starts_with("GET /end")) return ok("end");
    return "HTTP/1.1 302 F\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n";
  }));
  // An untrusted URL on a listed address, which then leads to one that is not listed.
  client_ = HttpClient::make({.allowed_private = {"127.0.0.2"}, .ca_file = "", .connections_per_host = 16});
  Peer listed(answering([&](const std::string&) {
    return "HTTP/1.1 302 F\r\nLocation: " + secret.url() + "\r\nContent-Length: 0\r\n\r\n";
  }));
  expect_error(untrusted(listed.url()), Errc::forbidden);
  // A configured URL may be private; its redirects may stay there, and not go elsewhere.
  EXPECT_EQ(get(source.url("/same")).value().body, "end");
  expect_error(to(source.url("/other")), Errc::forbidden);
  EXPECT_EQ(secret.connections(), 0);
}

TEST_F(ClientTest, WrongRequestsAreRefused) {
  for (const char* url : {"", "ftp://a/", "http://u:p@a/", "/path"}) expect_error(to(url), Errc::invalid_param);
  for (const char* method : {"", "GET /\r\nX: y", "G T", "CONNECT"})
    expect_error(to("http://127.0.0.1/", method), Errc::invalid_param);
  for (const auto& [name, value] : {std::pair{"X", "a\r\nY: b"}, std::pair{"X\r\n", "a"}, std::pair{"", "a"},
                                    std::pair{"X:", "a"}, std::pair{"X", "\x7f"}, std::pair{"Host", "a"},
                                    std::pair{"content-length", "1"}, std::pair{"Transfer-Encoding", "chunked"}}) {
    auto request = to("http://127.0.0.1/");
    request.headers.add(name, value);
    expect_error(request, Errc::invalid_param);
  }
}

TEST_F(ClientTest, WrongOptionsStopTheStart) {
  EXPECT_THROW(HttpClient::make({.allowed_private = {"nonsense"}, .ca_file = "", .connections_per_host = 1}),
               std::invalid_argument);
  EXPECT_THROW(HttpClient::make({.allowed_private = {}, .ca_file = "/does/not/exist", .connections_per_host = 1}),
               std::invalid_argument);
}

TEST_F(ClientTest, CertificatesAreChecked) {
  TempDir dir;
  const auto files = make_certificate(dir, "local", "DNS:localhost,IP:127.0.0.1");
  const auto foreign_files = make_certificate(dir, "foreign", "DNS:example.org");
  Peer peer(answering([](const std::string& request) { return ok(request.substr(0, 5)); }),
            TlsServer::load(files).value());
  Peer foreign(answering([](const std::string&) { return ok("secret"); }), TlsServer::load(foreign_files).value());
  expect_error(to(peer.url()), Errc::unavailable);  // self-signed, not known

  client_ =
      HttpClient::make({.allowed_private = {}, .ca_file = files.certificate_chain_file, .connections_per_host = 16});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(peer.url()).value().body, "GET /");
  EXPECT_EQ(get(peer.url("/", "localhost")).value().body, "GET /");
  EXPECT_EQ(peer.connections(), 3);  // one failed, one kept, one for the other name

  client_ = HttpClient::make(
      {.allowed_private = {}, .ca_file = foreign_files.certificate_chain_file, .connections_per_host = 16});
  const auto refused = get(foreign.url());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message().contains("not accepted")) << refused.error().message();
}

TEST_F(ClientTest, TlsPeersThatStallOrSpeakPlain) {
  Peer plain([](Stream& stream, int) -> asio::awaitable<void> {
    co_await say(stream, ok("plain"));
    co_await wait_for_end(stream);
  });
  expect_error(to("https://127.0.0.1:" + std::to_string(plain.port())), Errc::unavailable);
  Peer silent([](Stream& stream, int) -> asio::awaitable<void> { co_await wait_for_end(stream); });
  auto request = to("https://127.0.0.1:" + std::to_string(silent.port()));
  request.connect_timeout = 200ms;
  expect_error(request, Errc::timed_out);
}

TEST_F(ClientTest, ManyAtOnceFromTwoThreads) {
  Peer peer(answering([](const std::string& request) { return ok(request.substr(0, 8)); }));
  constexpr int kEach = 100;
  std::atomic<int> good{0};
  std::array<asio::io_context, 2> contexts;
  std::vector<std::thread> threads;
  for (auto& io : contexts) {
    threads.emplace_back([&] {
      int open = kEach;
      for (int i = 0; i < kEach; ++i) {
        asio::co_spawn(io, client_->send(to(peer.url("/" + std::to_string(i)))),
                       [&](const std::exception_ptr&, Result<ClientResponse> response) {
                         good += response && response->status == 200;
                         --open;
                       });
      }
      const auto deadline = Clock::now() + 20s;
      while (open > 0 && Clock::now() < deadline) io.run_one_for(100ms);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 2 * kEach);
}

TEST_F(ClientTest, ACancelledRequestEndsAtOnce) {
  Peer peer(stalling(""));
  asio::cancellation_signal signal;
  bool done = false;
  asio::co_spawn(io_, client_->send(to(peer.url())),
                 asio::bind_cancellation_slot(signal.slot(),
                                              [&](const std::exception_ptr&, Result<ClientResponse>) { done = true; }));
  while (peer.connections() == 0) io_.run_one_for(10ms);
  signal.emit(asio::cancellation_type::all);
  const auto deadline = Clock::now() + 5s;
  while (!done && Clock::now() < deadline) io_.run_one_for(10ms);
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace troupe::net
