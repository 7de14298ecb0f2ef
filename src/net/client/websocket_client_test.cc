#include "net/client/websocket_client.h"

#include "net/client/client_fixture.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::net::client {
namespace {

using namespace testing_client;
using websocket::Opcode;
using websocket::websocket_frame;

/// What came of a connection: its outcome, what the handler received, and the sentence that ended it.
struct Talk {
  Result<Unit> outcome = Error(Errc::internal, "hung");
  std::vector<std::string> got;
  std::string end;
};

/// The 101 that belongs to a request.
std::string welcome(const std::string& request, std::string more = "") {
  const auto at = request.find("Sec-WebSocket-Key: ") + 19;
  const auto key = request.substr(at, request.find("\r\n", at) - at);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         websocket::websocket_accept_key(key) + "\r\n" + more + "\r\n";
}

/// Says the 101 and these bytes at once, and waits for the client to leave.
Peer::Script welcoming(std::string bytes) {
  return [bytes](tls::Stream& stream, int) -> asio::awaitable<void> {
    const auto request = co_await read_request(stream);
    co_await say(stream, welcome(request) + bytes);
    co_await wait_for_end(stream);
  };
}

/// A head with a length of eight bytes.
std::string giant(unsigned char top) {
  std::string bytes = "\x82\x7f";
  bytes += static_cast<char>(top);
  return bytes + std::string(7, '\x7f');
}

class WebSocketClientTest : public ::testing::Test {
 protected:
  /// Receives until the end; the first message is answered with `reply` where there is one.
  Talk talk(WebSocketRequest request, std::string reply = "") {
    Talk out;
    auto handler = [&out, reply](http::WebSocket& socket) -> asio::awaitable<void> {
      for (;;) {
        auto message = co_await socket.receive();
        if (!message) {
          out.end = message.error().detail();
          co_return;
        }
        out.got.push_back((message->text ? "t:" : "b:") + message->bytes);
        if (reply.empty() || out.got.size() > 1) continue;
        auto sending = socket.send({.text = false, .bytes = reply});
        static_cast<void>(co_await std::move(sending));
      }
    };
    auto result = run_to_end(io_, client_->run(std::move(request), handler));
    if (result) out.outcome = *std::move(result);
    return out;
  }
  static WebSocketRequest to(const std::string& url) {
    WebSocketRequest request(Trust::configured);
    request.url = url;
    request.limits = {.max_message_bytes = 100'000,
                      .inbox_messages = 4,
                      .ping_interval = 10s,
                      .idle_timeout = 1s,
                      .write_timeout = 1s,
                      .close_timeout = 300ms};
    return request;
  }
  static std::string ws(const Peer& peer) { return "ws" + peer.url("/any?token=k").substr(4); }

  asio::io_context io_{1};
  std::unique_ptr<WebSocketClient> client_ = WebSocketClient::make({});
};

TEST_F(WebSocketClientTest, SpeaksMaskedAndHearsWhatCameBehindTheHead) {
  std::string asked;
  std::string heard;
  Peer peer([&](tls::Stream& stream, int) -> asio::awaitable<void> {
    asked = co_await read_request(stream);
    co_await say(stream, welcome(asked) + websocket_frame(Opcode::text, "early"));
    websocket::WebSocketDecoder decoder(websocket::WebSocketDecoder::From::client, 1'000'000);
    std::array<char, 4096> buffer;
    for (;;) {
      auto item = decoder.next();
      if (!item) {
        heard += "broken;";
        co_return;
      }
      if (*item) {
        if (auto* message = std::get_if<http::WebSocket::Message>(&**item)) {
          heard += message->bytes + ";";
          co_await say(stream, websocket_frame(Opcode::ping, "there?"));
        } else if (auto* pong = std::get_if<websocket::WebSocketDecoder::Pong>(&**item)) {
          heard += "pong:" + pong->payload + ";";
          // Two fragments, cut inside a character, with a ping between.
          co_await say(stream,
                       std::string("\x01\x02g\xc3", 4) + std::string("\x89\x00", 2) + std::string("\x80\x01\xbc", 3));
          co_await say(stream, websocket_frame(Opcode::close, websocket::websocket_close_payload(1000, "bye")));
        } else if (std::holds_alternative<websocket::WebSocketDecoder::Close>(**item)) {
          heard += "closed;";
          co_return;
        }
        continue;
      }
      const auto got = co_await stream.read_some(buffer);
      if (!got || *got == 0) co_return;
      decoder.feed({buffer.data(), *got});
    }
  });
  auto request = to(ws(peer));
  request.headers.add("Authorization", "Bearer k");
  const auto talked = talk(std::move(request), "audio");
  ASSERT_TRUE(talked.outcome) << talked.outcome.error().message();
  EXPECT_EQ(talked.got, (std::vector<std::string>{"t:early", "t:g\xc3\xbc"}));
  EXPECT_EQ(talked.end, "closed by the peer");
  peer.stop();
  EXPECT_EQ(heard.substr(0, 18), "audio;pong:there?;");
  EXPECT_NE(asked.find("GET /any?token=k HTTP/1.1\r\n"), asked.npos) << asked;
  EXPECT_NE(asked.find("Authorization: Bearer k\r\n"), asked.npos);
}

TEST_F(WebSocketClientTest, SpeaksOverTls) {
  const TempDir dir;
  const auto files = make_certificate(dir, "peer", "IP:127.0.0.1");
  Peer peer(welcoming(websocket_frame(Opcode::text, "hi") + websocket_frame(Opcode::close, "")),
            *tls::TlsServer::load(files));
  client_ = WebSocketClient::make({.ca_file = files.certificate_chain_file});
  const auto talked = talk(to("wss" + peer.url().substr(5)));
  ASSERT_TRUE(talked.outcome) << talked.outcome.error().message();
  EXPECT_EQ(talked.got, std::vector<std::string>{"t:hi"});
  const auto plain = talk(to("ws" + peer.url().substr(5)));
  EXPECT_FALSE(plain.outcome);
}

TEST_F(WebSocketClientTest, WhatIsNoWebSocketIsRefused) {
  const auto expect = [&](std::function<std::string(const std::string&)> answer, Errc code, const std::string& says) {
    Peer peer(answering(std::move(answer)));
    const auto talked = talk(to(ws(peer)));
    ASSERT_FALSE(talked.outcome) << says;
    EXPECT_EQ(talked.outcome.error().code(), code) << talked.outcome.error().message();
    EXPECT_NE(talked.outcome.error().message().find(says), std::string::npos) << talked.outcome.error().message();
    EXPECT_EQ(talked.outcome.error().message().find("token"), std::string::npos) << "the query is in the message";
  };
  expect([](const auto&) { return ok("hello"); }, Errc::unavailable, "it answered 200");
  expect([](const auto&) { return "HTTP/1.1 301 Moved\r\nLocation: ws://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"; },
         Errc::unavailable, "it answered 301");
  expect([](const auto&) { return "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"; }, Errc::unknown_token, "401");
  expect([](const auto&) { return welcome("Sec-WebSocket-Key: b3RoZXI=\r\n"); }, Errc::unavailable,
         "not a WebSocket's");
  expect([](const auto& r) { return welcome(r, "Sec-WebSocket-Extensions: permessage-deflate\r\n"); },
         Errc::unavailable, "nobody offered");
  expect([](const auto& r) { return welcome(r, "Sec-WebSocket-Accept: x\r\n"); }, Errc::unavailable,
         "not a WebSocket's");
  expect([](const auto&) { return "no http at all\r\n\r\n"; }, Errc::unavailable, "not valid HTTP");
}

TEST_F(WebSocketClientTest, AHostilePeerIsCutOffAndHoldsNothingUp) {
  const auto expect = [&](const std::string& bytes, const std::string& says) {
    Peer peer(welcoming(bytes));
    const auto start = Clock::now();
    const auto talked = talk(to(ws(peer)));
    EXPECT_TRUE(talked.outcome) << says;
    EXPECT_TRUE(talked.got.empty()) << says;
    EXPECT_NE(talked.end.find(says), std::string::npos) << talked.end;
    EXPECT_LT(Clock::now() - start, 8s);
  };
  expect(websocket_frame(Opcode::text, "hi", 0x1234), "mask");
  expect(giant(0x7f), "large");
  expect(giant(0xff), "");
  expect(websocket_frame(Opcode::text, "half \xc3"), "UTF-8");
  expect(std::string("\xc1\x00", 2), "");                              // a reserved bit
  expect(std::string("\x09\x00", 2), "");                              // a ping in fragments
  expect(websocket_frame(Opcode::close, std::string("\x03", 1)), "");  // half a close code
  expect(std::string("\x02\x05"
                     "ab",
                     4),
         "time");  // it stalls in a frame
  std::string fragments(std::string("\x02\x00", 2));
  for (int i = 0; i < 30; ++i) fragments += std::string("\x00\x7e\x10\x00", 4) + std::string(4096, 'x');
  expect(fragments, "large");
}

TEST_F(WebSocketClientTest, EndlessPingsAreAnsweredAndTheMessagesBetweenHeard) {
  std::string pings;
  for (int i = 0; i < 5'000; ++i) pings += websocket_frame(Opcode::ping, "0123456789");
  Peer peer(welcoming(pings + websocket_frame(Opcode::text, "after") + websocket_frame(Opcode::close, "")));
  const auto talked = talk(to(ws(peer)));
  EXPECT_EQ(talked.got, std::vector<std::string>{"t:after"});
}

TEST_F(WebSocketClientTest, ACloseInPiecesIsOne) {
  Peer peer([](tls::Stream& stream, int) -> asio::awaitable<void> {
    const auto request = co_await read_request(stream);
    const auto bytes = welcome(request) + websocket_frame(Opcode::text, "a") +
                       websocket_frame(Opcode::close, websocket::websocket_close_payload(1001, "going"));
    for (const char byte : bytes) co_await say(stream, std::string(1, byte));
    co_await wait_for_end(stream);
  });
  const auto talked = talk(to(ws(peer)));
  EXPECT_EQ(talked.got, std::vector<std::string>{"t:a"});
  EXPECT_EQ(talked.end, "closed by the peer");
}

TEST_F(WebSocketClientTest, PrivateAddressesAreForMembersClosed) {
  Peer peer(welcoming(""));
  auto request = to(ws(peer));
  request.trust = Trust::untrusted;
  const auto talked = talk(std::move(request));
  ASSERT_FALSE(talked.outcome);
  EXPECT_EQ(talked.outcome.error().code(), Errc::forbidden);
  EXPECT_EQ(peer.connections(), 0);
}

TEST_F(WebSocketClientTest, BadRequestsGoNowhere) {
  for (const std::string url : {"", "ftp://x/", "ws://", "ws://user:pw@127.0.0.1/"}) {
    const auto talked = talk(to(url));
    ASSERT_FALSE(talked.outcome) << url;
    EXPECT_EQ(talked.outcome.error().code(), Errc::invalid_param) << url;
  }
  for (const std::string name : {"Sec-WebSocket-Key", "sec-websocket-protocol", "Connection", "bad name"}) {
    auto request = to("ws://127.0.0.1:1/");
    request.headers.add(name, "x");
    const auto talked = talk(std::move(request));
    ASSERT_FALSE(talked.outcome) << name;
    EXPECT_EQ(talked.outcome.error().code(), Errc::invalid_param) << name;
  }
}

TEST_F(WebSocketClientTest, AServerThatDoesNotAnswerIsLeft) {
  Peer peer(stalling("HTTP/1.1 101 Switching"));
  auto request = to(ws(peer));
  request.handshake_timeout = 100ms;
  const auto talked = talk(std::move(request));
  ASSERT_FALSE(talked.outcome);
  EXPECT_EQ(talked.outcome.error().code(), Errc::timed_out);
}

}  // namespace
}  // namespace troupe::net::client
