#include "net/client/client.h"

#include <boost/asio/bind_cancellation_slot.hpp>

#include "base/crypto.h"
#include "net/client/client_fixture.h"
#include "net/http/gzip.h"

namespace troupe::net::client {
namespace {

using namespace testing_client;
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
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, ok("hi"));
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(peer.url()).value().body, "hi");
}

TEST_F(ClientTest, AStaleConnectionIsRepeatedOnceAndOnlyWhenThatIsHarmless) {
  // Each connection answers one request and takes a second one without answering.
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
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
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> { co_await read_request(stream); });
  expect_error(to(peer.url()), Errc::unavailable);
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(ClientTest, AFreshConnectionIsMadeWhereItIsAskedForAndOnlyOnce) {
  // Each connection answers one request and takes a second one without answering.
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await read_request(stream);
    co_await say(stream, ok("hi"));
    co_await read_request(stream);
  });
  EXPECT_TRUE(get(peer.url()));
  auto request = to(peer.url(), "PUT", "x");
  request.fresh_connection = true;
  EXPECT_TRUE(send(request));
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(ClientTest, SaysWhenNothingWentOut) {
  auto request = to("http://127.0.0.1:1/", "POST", "x");  // nobody may listen there
  request.never_sent = std::make_shared<bool>(false);
  EXPECT_FALSE(send(request));
  EXPECT_TRUE(*request.never_sent);

  Peer cuts([](tls::Stream& stream, int) -> asio::awaitable<void> { co_await read_request(stream); });
  request = to(cuts.url(), "POST", "x");
  request.never_sent = std::make_shared<bool>(false);
  EXPECT_FALSE(send(request));
  EXPECT_FALSE(*request.never_sent);

  auto inside = untrusted(cuts.url());
  inside.never_sent = std::make_shared<bool>(false);
  EXPECT_FALSE(send(inside));
  EXPECT_TRUE(*inside.never_sent) << "the address rule comes before the first byte";
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
  Peer drip([](tls::Stream& stream, int) -> asio::awaitable<void> {
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
  Peer deaf([](tls::Stream& stream, int) -> asio::awaitable<void> {
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
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
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
      return ok(http::gzip_compress(std::string(20'000'000, '\0')), "Content-Encoding: gzip\r\n");
    if (request.starts_with("GET /cut"))
      return ok(http::gzip_compress(text).substr(0, 1000), "Content-Encoding: gzip\r\n");
    if (request.starts_with("GET /bad")) return ok("no gzip", "Content-Encoding: gzip\r\n");
    return ok(http::gzip_compress(text), "Content-Encoding: GZIP\r\n");
  }));
  const auto response = get(peer.url()).value();
  EXPECT_EQ(response.body, text);
  EXPECT_FALSE(response.headers.has("content-encoding"));
  EXPECT_FALSE(response.headers.has("content-length"));

  auto raw = to(peer.url());
  raw.headers.add("Accept-Encoding", "gzip");
  EXPECT_EQ(send(raw).value().body, http::gzip_compress(text));

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
  Peer endless([&](tls::Stream& stream, int) -> asio::awaitable<void> {
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
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    co_await say(stream, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
    static_cast<void>(co_await stream.shutdown_write());
    co_await wait_for_end(stream);
  });
  const auto response = send(to(peer.url(), "POST", std::string(3'000'000, 'x')));
  EXPECT_EQ(response.value().status, 413);
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
      const auto deadline = Clock::now() + 60s;
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
  const auto deadline = Clock::now() + 60s;
  while (!done && Clock::now() < deadline) io_.run_one_for(10ms);
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace troupe::net::client
