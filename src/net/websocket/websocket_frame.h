// RFC 6455 frames as bytes: no sockets, no clocks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "net/http/http.h"

namespace troupe::net::websocket {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Close codes, RFC 6455 section 7.4.1, and those registered since.
namespace close_code {
inline constexpr std::uint16_t kNormal = 1000, kGoingAway = 1001, kProtocolError = 1002, kNoCode = 1005,
                               kBadData = 1007, kPolicy = 1008, kTooBig = 1009, kInternal = 1011, kTryAgainLater = 1013;
}

/// One unfragmented frame. `mask`: as a client sends it.
std::string websocket_frame(Opcode opcode, std::string_view payload, std::optional<std::uint32_t> mask = {});
/// The payload of a close frame; the reason is cut to the 123 bytes there are. kNoCode: an empty one.
std::string websocket_close_payload(std::uint16_t code, std::string_view reason);
/// The Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept_key(std::string_view key);
/// Whether the head of a request or an answer is about changing to WebSocket.
bool is_upgrade(const http::Headers& headers);
/// Checks the head of an upgrade request and yields the Sec-WebSocket-Accept. Errors: invalid_param (400; 426 with
/// another version than 13, then the answer should carry Sec-WebSocket-Version: 13).
Result<std::string> websocket_handshake(const http::Request& request);

/// Finds whole messages in the bytes of one side. Not thread-safe.
class WebSocketDecoder {
 public:
  enum class From { client, server };  ///< a client must mask its frames, a server must not
  /// `max_first_bytes`: of the first message, where that is less.
  WebSocketDecoder(From from, std::size_t max_message_bytes, std::size_t max_first_bytes = kNoLimit)
      : from_(from), max_message_bytes_(max_message_bytes), max_first_bytes_(max_first_bytes) {}
  static constexpr auto kNoLimit = static_cast<std::size_t>(-1);

  struct Ping {
    std::string payload;
  };
  struct Pong {
    std::string payload;
  };
  struct Close {
    std::uint16_t code;
    std::string reason;
  };
  using Item = std::variant<http::WebSocket::Message, Ping, Pong, Close>;

  void feed(std::string_view bytes) { input_ += bytes; }
  /// The next whole item; nothing when more bytes are needed. A Close is the last.
  /// Errors, each with the close code to send in error_code(): bad_json (not UTF-8), too_large, invalid_param
  /// (protocol).
  Result<std::optional<Item>> next();
  std::uint16_t error_code() const { return error_code_; }

 private:
  struct Header;
  Error fail(std::uint16_t code, Errc errc, std::string message);
  Result<std::optional<Header>> header();
  Result<std::optional<Item>> control(const Header& header, std::string payload);

  From from_;
  std::size_t max_message_bytes_;
  std::size_t max_first_bytes_;
  bool is_first_ = true;
  std::string input_;
  std::size_t taken_ = 0;          ///< bytes of input_ that are done with
  std::optional<Opcode> message_;  ///< the kind of the message whose fragments are being collected
  std::string collected_;
  std::uint16_t error_code_ = close_code::kProtocolError;
};

}  // namespace troupe::net::websocket
