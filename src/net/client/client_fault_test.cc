// Every operation of a stream fails once: whatever is on top must end, with an error and without a leak.
#include <gtest/gtest.h>

#include "net/client/client_exchange.h"
#include "net/tls/stream_over.h"
#include "net/tls/test_peer.h"
#include "net/websocket/websocket.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::net::client {
namespace {
using namespace tls::testing;

/// Fails the n-th read or write, and everything after it, as a broken connection does.
class FaultStream final : public tls::StreamOver {
 public:
  FaultStream(std::unique_ptr<tls::Stream> lower, int* left) : StreamOver(std::move(lower)), left_(left) {}
  Task<std::size_t> read_some(std::span<char> into) override {
    CO_TRY(step());
    co_return co_await lower_->read_some(into.first(std::min<std::size_t>(into.size(), 700)));
  }
  Task<Unit> write_all(std::span<const std::string_view> parts) override {
    CO_TRY(step());
    co_return co_await lower_->write_all(parts);
  }
  Task<Unit> shutdown_write() override {
    CO_TRY(step());
    co_return co_await lower_->shutdown_write();
  }

 private:
  Result<Unit> step() {
    if (*left_ <= 0) {
      lower_->close();
      return Error(Errc::unavailable, "a fault of the test");
    }
    --*left_;
    return Unit{};
  }
  int* left_;
};

/// Two connected streams on one context; the first one's operations fail after `faults` of them.
class Pair {
 public:
  Pair(asio::io_context& io, int faults) : left(faults) {
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    tcp::socket client(io);
    client.connect(acceptor.local_endpoint());
    there = tls::make_tcp_stream(acceptor.accept());
    here = std::make_unique<FaultStream>(tls::make_tcp_stream(std::move(client)), &left);
    here->read_within(5s);
    here->write_within(5s);
    there->read_within(5s);
    there->write_within(5s);
  }
  int left;
  std::unique_ptr<tls::Stream> here;
  std::unique_ptr<tls::Stream> there;
};

asio::awaitable<void> wait_until(const bool& ended) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < 5'000 && !ended; ++i) {
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  EXPECT_TRUE(ended);
}

/// Runs `talk` with ever later faults until it goes through without meeting one.
void survive(const std::function<asio::awaitable<bool>(Pair&)>& talk) {
  for (int faults = 0; faults < 500; ++faults) {
    asio::io_context io{1};
    Pair pair(io, faults);
    const auto good = run_to_end(io, talk(pair));
    ASSERT_TRUE(good.has_value());
    if (pair.left > 0) {
      EXPECT_TRUE(*good) << "no fault, and yet it failed";
      EXPECT_GT(faults, 3) << "hardly anything was tried";
      return;
    }
  }
  FAIL() << "it never came to an end";
}

TEST(StreamFaults, TheExchangeEnds) {
  survive([](Pair& pair) -> asio::awaitable<bool> {
    const auto executor = co_await asio::this_coro::executor;
    const std::string body(200'000, 'x');
    bool ended = false;
    asio::co_spawn(
        executor,
        [&]() -> asio::awaitable<void> {
          co_await read_request(*pair.there);
          co_await say(*pair.there,
                       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
          for (int i = 0; i < 5; ++i) co_await say(*pair.there, "3e8\r\n" + std::string(1'000, 'y') + "\r\n");
          co_await say(*pair.there, "0\r\n\r\n");
          co_await wait_for_end(*pair.there);
          ended = true;
        },
        asio::detached);
    ClientConnection connection;
    connection.stream = std::move(pair.here);
    ClientExchange exchange(connection, {5s, 5s, std::chrono::steady_clock::now() + 5s}, false);
    const auto head = "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    std::size_t got = 0;
    bool good = (co_await exchange.start(head, body)).has_value();
    while (good) {
      const auto piece = co_await exchange.body_piece();
      good = piece.has_value();
      if (!good || piece->empty()) break;
      got += piece->size();
    }
    if (good) EXPECT_EQ(got, 5'000U);
    EXPECT_EQ(exchange.reusable(), good);
    connection.stream->close();
    co_await wait_until(ended);
    co_return good;
  });
}

TEST(StreamFaults, TlsEndsOnBothSides) {
  TempDir dir;
  const auto files = make_certificate(dir, "one", "DNS:localhost");
  const auto server = tls::TlsServer::load(files).value();
  const auto client = tls::TlsClient::make(files.certificate_chain_file).value();
  survive([&](Pair& pair) -> asio::awaitable<bool> {
    const auto executor = co_await asio::this_coro::executor;
    bool ended = false;
    asio::co_spawn(
        executor,
        [&]() -> asio::awaitable<void> {
          auto stream = co_await server->accept(std::move(pair.there));
          if (stream) {
            co_await read_request(**stream);
            co_await say(**stream, ok(std::string(20'000, 'y')));
            static_cast<void>(co_await (*stream)->shutdown_write());
            co_await wait_for_end(**stream);
          }
          ended = true;
        },
        asio::detached);
    bool good = false;
    {
      auto stream = co_await client->connect(std::move(pair.here), "localhost");
      if (stream) {
        const auto sent = co_await (*stream)->write_all("GET / HTTP/1.1\r\n\r\n");
        std::array<char, 4096> buffer;
        std::size_t bytes = 0;
        while (sent) {
          const auto got = co_await (*stream)->read_some(buffer);
          good = got && *got == 0;
          if (!got || *got == 0) break;
          bytes += *got;
        }
        if (good) EXPECT_GT(bytes, 20'000U);
        (*stream)->close();
      }
    }
    co_await wait_until(ended);
    co_return good;
  });
}

TEST(StreamFaults, TheWebSocketEnds) {
  survive([](Pair& pair) -> asio::awaitable<bool> {
    const auto executor = co_await asio::this_coro::executor;
    int echoed = 0;
    bool ended = false;
    asio::co_spawn(
        executor,
        [&]() -> asio::awaitable<void> {
          for (int i = 0; i < 3; ++i) {
            co_await say(*pair.there, websocket::websocket_frame(websocket::Opcode::text, std::string(1'000, 'x'), 1));
            co_await say(*pair.there, websocket::websocket_frame(websocket::Opcode::ping, "p", 1));
          }
          std::size_t wanted = 3 * (1'004 + 3);
          std::array<char, 4'000> buffer;
          while (wanted > 0) {
            const auto got = co_await pair.there->read_some(buffer);
            if (!got || *got == 0) break;
            wanted -= std::min(wanted, *got);
          }
          co_await say(*pair.there, websocket::websocket_frame(websocket::Opcode::close,
                                                               websocket::websocket_close_payload(1000, ""), 1));
          co_await wait_for_end(*pair.there);
          pair.there->close();
          ended = true;
        },
        asio::detached);
    const auto stream = std::move(pair.here);
    auto serving = websocket::serve_websocket(*stream, "", [&](http::WebSocket& socket) -> asio::awaitable<void> {
      for (;;) {
        auto message = co_await socket.receive();
        if (!message) co_return;
        auto sending = socket.send(std::move(*message));
        if (!co_await std::move(sending)) co_return;
        ++echoed;
      }
    });
    co_await std::move(serving);
    co_await wait_until(ended);
    co_return echoed == 3;
  });
}

}  // namespace
}  // namespace troupe::net::client
