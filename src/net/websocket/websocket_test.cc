#include "net/websocket/websocket.h"

#include <gtest/gtest.h>

#include "net/tls/test_peer.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::net::websocket {
namespace {
using namespace tls::testing;
using Handler = std::function<asio::awaitable<void>(http::WebSocket&)>;

/// The client's side: sends masked frames and raw bytes, and tells what it gets as "t:hi", "ping:", "close:1000:",
/// "end".
class Dialer {
 public:
  explicit Dialer(std::unique_ptr<tls::Stream> stream) : stream_(std::move(stream)) {
    stream_->read_within(10s);
    stream_->write_within(10s);
  }
  asio::awaitable<void> send(Opcode opcode, std::string payload) {
    co_await raw(websocket_frame(opcode, payload, 0x12345678));
  }
  asio::awaitable<void> raw(std::string bytes) { co_await say(*stream_, std::move(bytes)); }
  asio::awaitable<std::string> next() {
    std::array<char, 4096> buffer;
    for (;;) {
      auto item = decoder_.next();
      if (!item) co_return "broken frame";
      if (*item) co_return text(**item);
      const auto got = co_await stream_->read_some(buffer);
      if (!got) co_return "lost: " + got.error().message();
      if (*got == 0) co_return "end";
      decoder_.feed({buffer.data(), *got});
    }
  }
  tls::Stream& stream() { return *stream_; }

 private:
  static std::string text(WebSocketDecoder::Item& item) {
    if (auto* message = std::get_if<http::WebSocket::Message>(&item))
      return (message->text ? "t:" : "b:") + message->bytes;
    if (auto* ping = std::get_if<WebSocketDecoder::Ping>(&item)) return "ping:" + ping->payload;
    if (auto* pong = std::get_if<WebSocketDecoder::Pong>(&item)) return "pong:" + pong->payload;
    const auto& close = std::get<WebSocketDecoder::Close>(item);
    return "close:" + std::to_string(close.code) + ":" + close.reason;
  }
  std::unique_ptr<tls::Stream> stream_;
  WebSocketDecoder decoder_{WebSocketDecoder::From::server, 10'000'000};
};

/// Runs `talk` against a server with `handler`; yields whether the server's side had ended cleanly by then.
void converse(Handler handler, std::function<asio::awaitable<void>(Dialer&)> talk, WebSocketLimits limits = {},
              std::string leftover = "") {
  std::atomic<int> ended{0};
  {
    Peer peer([&](tls::Stream& stream, int) -> asio::awaitable<void> {
      co_await serve_websocket(stream, leftover, handler, limits);
      ++ended;
    });
    asio::io_context io{1};
    const auto task = [&]() -> asio::awaitable<bool> {
      tcp::socket socket(co_await asio::this_coro::executor);
      co_await socket.async_connect({asio::ip::address_v4::loopback(), peer.port()}, asio::use_awaitable);
      {
        Dialer dialer(tls::make_tcp_stream(std::move(socket)));
        co_await talk(dialer);
      }
      asio::steady_timer timer(co_await asio::this_coro::executor);
      for (int i = 0; i < 1'000 && ended == 0; ++i) {
        timer.expires_after(10ms);
        co_await timer.async_wait(asio::use_awaitable);
      }
      co_return true;
    };
    run_to_end(io, task());
  }
  EXPECT_EQ(ended, 1) << "serve_websocket did not end";
}

asio::awaitable<void> echo(http::WebSocket& socket) {
  for (;;) {
    auto message = co_await socket.receive();
    if (!message) co_return;
    auto sending = socket.send(std::move(*message));
    if (!co_await std::move(sending)) co_return;
  }
}

TEST(WebSocket, EchoesAndCloses) {
  converse(echo, [](Dialer& peer) -> asio::awaitable<void> {
    co_await peer.send(Opcode::text, "gr\xc3\xbc\xc3\x9f");
    EXPECT_EQ(co_await peer.next(), "t:gr\xc3\xbc\xc3\x9f");
    co_await peer.send(Opcode::binary, std::string(500'000, 'x'));
    EXPECT_EQ(co_await peer.next(), "b:" + std::string(500'000, 'x'));
    co_await peer.send(Opcode::ping, "you?");
    EXPECT_EQ(co_await peer.next(), "pong:you?");
    co_await peer.send(Opcode::close, websocket_close_payload(1001, "bye"));
    EXPECT_EQ(co_await peer.next(), "close:1001:");
    EXPECT_EQ(co_await peer.next(), "end");
  });
}

TEST(WebSocket, BytesBehindTheRequestCount) {
  converse(
      echo,
      [](Dialer& peer) -> asio::awaitable<void> {
        EXPECT_EQ(co_await peer.next(), "t:early");
        co_await peer.send(Opcode::close, "");
        EXPECT_EQ(co_await peer.next(), "close:1000:");
      },
      {}, websocket_frame(Opcode::text, "early", 7));
}

TEST(WebSocket, PingsAreAnsweredWhileTheHandlerIsBusy) {
  const auto busy = [](http::WebSocket& socket) -> asio::awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (int i = 0; i < 3; ++i) {
      timer.expires_after(20ms);
      co_await timer.async_wait(asio::use_awaitable);
      EXPECT_TRUE(co_await socket.send({true, "tick"}));
    }
  };
  converse(busy, [](Dialer& peer) -> asio::awaitable<void> {
    co_await peer.send(Opcode::ping, "a");
    EXPECT_EQ(co_await peer.next(), "pong:a");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(co_await peer.next(), "t:tick");
    EXPECT_EQ(co_await peer.next(), "close:1000:");
    co_await peer.send(Opcode::close, websocket_close_payload(1000, ""));
    EXPECT_EQ(co_await peer.next(), "end");
  });
}

TEST(WebSocket, ReadingAndWritingAtOnce) {
  const auto both = [](http::WebSocket& socket) -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    auto sent = std::make_shared<bool>(false);
    const auto sender = [&socket, sent]() -> asio::awaitable<void> {
      for (int i = 0; i < 200; ++i) EXPECT_TRUE(co_await socket.send({false, std::string(20'000, 's')}));
      *sent = true;
    };
    asio::co_spawn(executor, sender(), asio::detached);
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(co_await socket.receive());
    EXPECT_TRUE(co_await socket.receive());  // "done": all of ours have arrived
    EXPECT_TRUE(*sent);
  };
  converse(both, [](Dialer& peer) -> asio::awaitable<void> {
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [&]() -> asio::awaitable<void> {
          for (int i = 0; i < 200; ++i) co_await peer.send(Opcode::binary, std::string(20'000, 'c'));
        },
        asio::detached);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(co_await peer.next(), "b:" + std::string(20'000, 's'));
    co_await peer.send(Opcode::text, "done");
    EXPECT_EQ(co_await peer.next(), "close:1000:");
    co_await peer.send(Opcode::close, websocket_close_payload(1000, ""));
    EXPECT_EQ(co_await peer.next(), "end");
  });
}

TEST(WebSocket, BreachesGetTheirCloseCode) {
  auto fragment = websocket_frame(Opcode::text, "a", 1);
  fragment[0] = 0x01;
  for (const auto& [bytes, code] :
       {std::pair{websocket_frame(Opcode::text, "not masked"), "close:1002:"},
        std::pair{websocket_frame(Opcode::text, "\xff", 1), "close:1007:"},
        std::pair{websocket_frame(Opcode::binary, std::string(2'000, 'x'), 1), "close:1009:"},
        std::pair{fragment + websocket_frame(Opcode::text, "b", 1), "close:1002:"},
        std::pair{std::string("\xff\xff\xff"), "close:1002:"}}) {
    converse(echo,
             [&](Dialer& peer) -> asio::awaitable<void> {
               co_await peer.raw(bytes);
               const auto answer = co_await peer.next();
               EXPECT_TRUE(answer.starts_with(code)) << answer;
               EXPECT_EQ(co_await peer.next(), "end");
             },
             {.max_message_bytes = 1'000});
  }
}

TEST(WebSocket, APeerThatVanishesEndsTheHandler) {
  for (const bool reset : {false, true}) {
    converse(echo, [reset](Dialer& peer) -> asio::awaitable<void> {
      co_await peer.raw("\x81");
      if (reset) peer.stream().close();
    });
  }
}

TEST(WebSocket, AHandlerThatThrowsIsAnInternalError) {
  const auto thrower = [](http::WebSocket& socket) -> asio::awaitable<void> {
    co_await socket.receive();
    throw std::runtime_error("no");
  };
  converse(thrower, [](Dialer& peer) -> asio::awaitable<void> {
    co_await peer.send(Opcode::text, "x");
    EXPECT_EQ(co_await peer.next(), "close:1011:");
    co_await peer.send(Opcode::close, "");
  });
}

TEST(WebSocket, AHandlerMayCloseWithAReason) {
  const auto closer = [](http::WebSocket& socket) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await socket.close(4001, "signed out"));
    EXPECT_FALSE(co_await socket.send({true, "too late"}));
    EXPECT_FALSE(co_await socket.receive());
  };
  converse(closer, [](Dialer& peer) -> asio::awaitable<void> {
    EXPECT_EQ(co_await peer.next(), "close:4001:signed out");
    co_await peer.send(Opcode::text, "crossing");
    co_await peer.send(Opcode::close, websocket_close_payload(4001, ""));
    EXPECT_EQ(co_await peer.next(), "end");
  });
}

TEST(WebSocket, APeerThatDoesNotCloseIsNotWaitedForLong) {
  const auto closer = [](http::WebSocket&) -> asio::awaitable<void> { co_return; };
  converse(closer,
           [](Dialer& peer) -> asio::awaitable<void> {
             EXPECT_EQ(co_await peer.next(), "close:1000:");
             EXPECT_EQ(co_await peer.next(), "end");
           },
           {.close_timeout = 50ms});
}

TEST(WebSocket, SilenceIsAskedThenCut) {
  const WebSocketLimits limits{.ping_interval = 100ms, .idle_timeout = 2s};
  converse(
      echo,
      [](Dialer& peer) -> asio::awaitable<void> {
        for (int i = 0; i < 30; ++i) {  // answered pings keep it open, far beyond the idle time-out
          EXPECT_EQ(co_await peer.next(), "ping:");
          co_await peer.send(Opcode::pong, "");
        }
        std::string last;
        for (int i = 0; i < 200 && !last.starts_with("close") && last != "end"; ++i) last = co_await peer.next();
        EXPECT_TRUE(last == "end" || last.starts_with("close") || last.starts_with("lost")) << last;
      },
      limits);
}

TEST(WebSocket, ASlowReaderIsCut) {
  std::atomic<bool> refused{false};
  const auto flood = [&](http::WebSocket& socket) -> asio::awaitable<void> {
    for (int i = 0; i < 1'000 && !refused; ++i) refused = !co_await socket.send({false, std::string(500'000, 'x')});
  };
  converse(flood,
           [&](Dialer& peer) -> asio::awaitable<void> {
             asio::steady_timer timer(peer.stream().get_executor());
             for (int i = 0; i < 6'000 && !refused; ++i) {
               timer.expires_after(10ms);
               co_await timer.async_wait(asio::use_awaitable);
             }
           },
           {.write_timeout = 200ms});
  EXPECT_TRUE(refused);
}

TEST(WebSocket, AFullInboxStopsTheReadingNotThePeer) {
  const auto late = [](http::WebSocket& socket) -> asio::awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 100ms);
    co_await timer.async_wait(asio::use_awaitable);
    for (int i = 0; i < 300; ++i) {
      auto message = co_await socket.receive();
      EXPECT_TRUE(message);
      if (message) EXPECT_EQ(message->bytes, std::to_string(i));
    }
  };
  converse(late,
           [](Dialer& peer) -> asio::awaitable<void> {
             for (int i = 0; i < 300; ++i) co_await peer.send(Opcode::text, std::to_string(i));
             EXPECT_EQ(co_await peer.next(), "close:1000:");
             co_await peer.send(Opcode::close, "");
           },
           {.inbox_messages = 4});
}

TEST(WebSocket, OverTls) {
  TempDir dir;
  const auto files = make_certificate(dir, "one", "DNS:localhost");
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> { co_await serve_websocket(stream, "", echo); },
            tls::TlsServer::load(files).value());
  const auto tls = tls::TlsClient::make(files.certificate_chain_file).value();
  asio::io_context io{1};
  const auto task = [&]() -> asio::awaitable<std::string> {
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), peer.port()}, asio::use_awaitable);
    auto stream = co_await tls->connect(tls::make_tcp_stream(std::move(socket)), "localhost");
    Dialer dialer(std::move(stream.value()));
    co_await dialer.send(Opcode::text, "hi");
    auto text = co_await dialer.next();
    co_await dialer.send(Opcode::close, "");
    text += co_await dialer.next();
    text += co_await dialer.next();
    co_return text;
  };
  EXPECT_EQ(run_to_end(io, task()), "t:hiclose:1000:end");
}

}  // namespace
}  // namespace troupe::net::websocket
