#include "net/websocket/websocket_frame.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace troupe::net::websocket {
namespace {
using Decoder = WebSocketDecoder;
constexpr std::uint32_t kMask = 0xa1b2c3d4;

/// What a decoder makes of the bytes: "t:hi", "b:..", "ping:", "pong:", "close:1000:why", "error:1002".
std::vector<std::string> decode(std::string_view bytes, std::size_t step = 1'000'000, std::size_t limit = 1'000,
                                Decoder::From from = Decoder::From::client) {
  Decoder decoder(from, limit);
  std::vector<std::string> items;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    decoder.feed(bytes.substr(at, step));
    for (;;) {
      auto next = decoder.next();
      if (!next) {
        items.push_back("error:" + std::to_string(decoder.error_code()));
        return items;
      }
      if (!*next) break;
      if (auto* message = std::get_if<http::WebSocket::Message>(&**next)) {
        items.push_back((message->text ? "t:" : "b:") + message->bytes);
      } else if (auto* ping = std::get_if<Decoder::Ping>(&**next)) {
        items.push_back("ping:" + ping->payload);
      } else if (auto* pong = std::get_if<Decoder::Pong>(&**next)) {
        items.push_back("pong:" + pong->payload);
      } else {
        const auto& close = std::get<Decoder::Close>(**next);
        items.push_back("close:" + std::to_string(close.code) + ":" + close.reason);
      }
    }
  }
  return items;
}

std::string masked(Opcode opcode, std::string_view payload) { return websocket_frame(opcode, payload, kMask); }
/// A frame that is not the last of its message.
std::string part(Opcode opcode, std::string_view payload) {
  auto frame = masked(opcode, payload);
  frame[0] = static_cast<char>(frame[0] & 0x7f);
  return frame;
}
using Items = std::vector<std::string>;

TEST(WebSocketFrame, TheExamplesOfTheRfc) {
  // RFC 6455 section 5.7.
  EXPECT_EQ(decode(std::string_view("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11)), Items{"t:Hello"});
  EXPECT_EQ(decode(std::string_view("\x81\x05Hello", 7), 100, 100, Decoder::From::server), Items{"t:Hello"});
  EXPECT_EQ(decode(std::string_view("\x01\x03Hel\x80\x02lo", 9), 100, 100, Decoder::From::server), Items{"t:Hello"});
  EXPECT_EQ(decode(std::string_view("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11)), Items{"pong:Hello"});
  EXPECT_EQ(websocket_frame(Opcode::text, "Hello"), std::string_view("\x81\x05Hello", 7));
  EXPECT_EQ(websocket_accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketFrame, EveryLengthRoundTripsInAnyPieces) {
  for (std::size_t size : {0UL, 1UL, 7UL, 8UL, 125UL, 126UL, 127UL, 65535UL, 65536UL, 70'000UL}) {
    const auto bytes = base::random_bytes(size);
    for (std::size_t step : {1UL, 1'000UL, 1'000'000UL}) {
      EXPECT_EQ(decode(masked(Opcode::binary, bytes), step, 70'000), Items{"b:" + bytes}) << size;
    }
  }
}

TEST(WebSocketFrame, ControlFramesMayComeBetweenFragments) {
  const auto bytes = part(Opcode::text, "a") + masked(Opcode::ping, "p") + part(Opcode::continuation, "") +
                     masked(Opcode::pong, "") + masked(Opcode::continuation, "b") + masked(Opcode::text, "c") +
                     masked(Opcode::close, websocket_close_payload(1000, "bye"));
  for (std::size_t step : {1UL, 5UL, 1'000UL}) {
    EXPECT_EQ(decode(bytes, step), (Items{"ping:p", "pong:", "t:ab", "t:c", "close:1000:bye"}));
  }
}

TEST(WebSocketFrame, ACharacterMayBeCutBetweenFragments) {
  EXPECT_EQ(decode(part(Opcode::text, "\xf0\x9f") + masked(Opcode::continuation, "\x8e\xad")),
            Items{"t:\xf0\x9f\x8e\xad"});
}

TEST(WebSocketFrame, BreachesOfTheProtocolAreRefused) {
  auto reserved = masked(Opcode::text, "a");
  reserved[0] = static_cast<char>(reserved[0] | 0x40);
  const std::string padded_16("\x81\xfe\x00\x05", 4), padded_64("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff", 10);
  for (const auto& bytes :
       {reserved, websocket_frame(Opcode::text, "not masked"), part(Opcode::ping, ""), part(Opcode::close, ""),
        masked(Opcode::ping, std::string(126, 'x')), masked(static_cast<Opcode>(3), ""),
        masked(static_cast<Opcode>(11), ""), masked(Opcode::continuation, "of nothing"),
        part(Opcode::text, "a") + masked(Opcode::text, "b"), padded_16, padded_64, masked(Opcode::close, "x"),
        masked(Opcode::close, websocket_close_payload(999, "")),
        masked(Opcode::close, websocket_close_payload(1005 + 1, "")),
        masked(Opcode::close, websocket_close_payload(5000, "")), masked(Opcode::close, std::string("\x03\xed", 2))}) {
    EXPECT_EQ(decode(bytes), Items{"error:1002"});
  }
  EXPECT_EQ(decode(masked(Opcode::text, "a"), 100, 100, Decoder::From::server), Items{"error:1002"});
  EXPECT_EQ(decode(masked(Opcode::text, "\xff")), Items{"error:1007"});
  EXPECT_EQ(decode(masked(Opcode::text, "\xed\xa0\x80")), Items{"error:1007"});
  EXPECT_EQ(decode(masked(Opcode::close, "\x03\xe8\xff")), Items{"error:1007"});
}

TEST(WebSocketFrame, AMessageHasALimitAlsoInFragments) {
  EXPECT_EQ(decode(masked(Opcode::binary, std::string(1'001, 'x'))), Items{"error:1009"});
  EXPECT_EQ(decode(part(Opcode::binary, std::string(600, 'x')) + masked(Opcode::continuation, std::string(401, 'x'))),
            Items{"error:1009"});
  // The head alone is enough to refuse, also when the length would overflow.
  EXPECT_EQ(decode(std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10)), Items{"error:1009"});
  EXPECT_EQ(
      decode(part(Opcode::binary, std::string(600, 'x')) + std::string("\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10)),
      Items{"error:1009"});
}

TEST(WebSocketFrame, AnEmptyCloseHasNoCode) {
  EXPECT_EQ(decode(masked(Opcode::close, "")), Items{"close:1005:"});
  EXPECT_EQ(websocket_close_payload(close_code::kNoCode, "x"), "");
  EXPECT_EQ(websocket_close_payload(1000, std::string(122, 'a') + "\xc3\xbc").size(), 124U);
}

TEST(WebSocketHandshake, ChecksTheHead) {
  const auto request = [](std::string upgrade, std::string connection, std::string version, std::string key) {
    http::Request r;
    r.method = "GET";
    r.headers.add("Upgrade", upgrade);
    r.headers.add("Connection", connection);
    r.headers.add("Sec-WebSocket-Version", version);
    r.headers.add("Sec-WebSocket-Key", key);
    return r;
  };
  const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
  EXPECT_EQ(websocket_handshake(request("WebSocket", "keep-alive, Upgrade", "13", key)).value(),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(websocket_handshake(request("h2c", "Upgrade", "13", key)).error().http_status(), 426);
  EXPECT_EQ(websocket_handshake(request("websocket", "close", "13", key)).error().http_status(), 426);
  EXPECT_EQ(websocket_handshake(request("websocket", "Upgrade", "8", key)).error().http_status(), 426);
  EXPECT_EQ(websocket_handshake(request("websocket", "Upgrade", "13", "short")).error().http_status(), 400);
  auto post = request("websocket", "Upgrade", "13", key);
  post.method = "POST";
  EXPECT_FALSE(websocket_handshake(post));
  auto twice = request("websocket", "Upgrade", "13", key);
  twice.headers.add("sec-websocket-key", key);
  EXPECT_FALSE(websocket_handshake(twice));
}

}  // namespace
}  // namespace troupe::net::websocket
