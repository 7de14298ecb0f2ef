// WebSocket frames from a client: whole and byte by byte must give the same, and no message breaks the limits.

// modules: net
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "net/websocket/websocket_frame.h"

namespace {
using troupe::net::http::WebSocket;
using troupe::net::websocket::WebSocketDecoder;
constexpr std::size_t kMaxMessage = 4096;

std::string decode(WebSocketDecoder::From from, std::string_view bytes, std::size_t step) {
  WebSocketDecoder decoder(from, kMaxMessage);
  std::string log;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    decoder.feed(bytes.substr(at, step));
    for (;;) {
      auto item = decoder.next();
      if (!item) return log + "error " + std::to_string(decoder.error_code());
      if (!*item) break;
      log += std::to_string((*item)->index());
      if (auto* message = std::get_if<WebSocket::Message>(&**item)) {
        if (message->bytes.size() > kMaxMessage) std::abort();
        if (message->text && !troupe::base::is_utf8(message->bytes)) std::abort();
        log += message->bytes;
      } else if (auto* close = std::get_if<WebSocketDecoder::Close>(&**item)) {
        if (!troupe::base::is_utf8(close->reason)) std::abort();
        return log + std::to_string(close->code) + close->reason;
      } else if (auto* ping = std::get_if<WebSocketDecoder::Ping>(&**item)) {
        if (ping->payload.size() > 125) std::abort();
        log += ping->payload;
      }
    }
  }
  return log;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto from : {WebSocketDecoder::From::client, WebSocketDecoder::From::server}) {
    if (decode(from, bytes, size + 1) != decode(from, bytes, 1)) std::abort();
  }
  return 0;
}
