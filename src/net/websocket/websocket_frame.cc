#include "net/websocket/websocket_frame.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/encoding.h"

namespace troupe::net::websocket {
namespace {
constexpr std::size_t kMaxControlBytes = 125;
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

using MaskBytes = std::array<char, 4>;

void apply_mask(char* bytes, std::size_t size, const MaskBytes& mask) {
  std::uint64_t word = 0;
  std::memcpy(&word, mask.data(), 4);
  std::memcpy(reinterpret_cast<char*>(&word) + 4, mask.data(), 4);
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, bytes + i, 8);
    chunk ^= word;
    std::memcpy(bytes + i, &chunk, 8);
  }
  for (; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] ^ mask[i % 4]);
}

/// Whether a comma-separated header holds the word.
bool lists(std::string_view header, std::string_view word) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    auto item = header.substr(0, comma);
    while (!item.empty() && (item.front() == ' ' || item.front() == '\t')) item.remove_prefix(1);
    while (!item.empty() && (item.back() == ' ' || item.back() == '\t')) item.remove_suffix(1);
    if (http::equals_ignoring_case(item, word)) return true;
    header.remove_prefix(comma == header.npos ? header.size() : comma + 1);
  }
  return false;
}

bool may_be_received(std::uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}
}  // namespace

std::string websocket_frame(Opcode opcode, std::string_view payload, std::optional<std::uint32_t> mask) {
  std::string frame;
  frame.reserve(payload.size() + 14);
  frame += static_cast<char>(0x80 | static_cast<std::uint8_t>(opcode));
  const char mask_bit = mask ? static_cast<char>(0x80) : '\0';
  const auto put_length = [&](int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
      frame += static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> shift & 0xff);
    }
  };
  if (payload.size() < 126) {
    frame += static_cast<char>(mask_bit | static_cast<char>(payload.size()));
  } else if (payload.size() <= 0xffff) {
    frame += static_cast<char>(mask_bit | 126);
    put_length(2);
  } else {
    frame += static_cast<char>(mask_bit | 127);
    put_length(8);
  }
  MaskBytes key{};
  if (mask) {
    std::memcpy(key.data(), &*mask, 4);
    frame.append(key.data(), 4);
  }
  const auto start = frame.size();
  frame += payload;
  if (mask) apply_mask(frame.data() + start, payload.size(), key);
  return frame;
}

std::string websocket_close_payload(std::uint16_t code, std::string_view reason) {
  if (code == close_code::kNoCode) return {};
  reason = reason.substr(0, kMaxControlBytes - 2);
  while (!reason.empty() && !base::is_utf8(reason)) reason.remove_suffix(1);  // a cut may not split a character
  std::string payload;
  payload += static_cast<char>(code >> 8);
  payload += static_cast<char>(code & 0xff);
  payload += reason;
  return payload;
}

std::string websocket_accept_key(std::string_view key) {
  const std::string text = std::string(key) + std::string(kGuid);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  auto encoded = base::base64({digest.data(), size});
  while (encoded.size() % 4) encoded += '=';
  return encoded;
}

bool is_upgrade(const http::Headers& headers) {
  return lists(headers.get("upgrade"), "websocket") && lists(headers.get("connection"), "upgrade");
}

Result<std::string> websocket_handshake(const http::Request& request) {
  if (request.method != "GET") return Error(Errc::invalid_param, "a WebSocket is opened with GET");
  if (!is_upgrade(request.headers)) {
    return Error(Errc::invalid_param, "this address speaks WebSocket: send Upgrade: websocket and Connection: Upgrade")
        .with_status(426);
  }
  if (request.headers.get("sec-websocket-version") != "13") {
    return Error(Errc::invalid_param, "only Sec-WebSocket-Version 13 is spoken here").with_status(426);
  }
  const auto key = request.headers.get("sec-websocket-key");
  const auto decoded = base::base64_decode(key);
  if (request.headers.count("sec-websocket-key") != 1 || !decoded || decoded->size() != 16) {
    return Error(Errc::invalid_param, "Sec-WebSocket-Key must be 16 bytes of base64");
  }
  return websocket_accept_key(key);
}

struct WebSocketDecoder::Header {
  bool fin = false;
  Opcode opcode = Opcode::continuation;
  std::uint64_t payload_bytes = 0;
  std::size_t header_bytes = 0;
  MaskBytes mask{};
};

Error WebSocketDecoder::fail(std::uint16_t code, Errc errc, std::string message) {
  error_code_ = code;
  return Error(errc, std::move(message));
}

Result<std::optional<WebSocketDecoder::Header>> WebSocketDecoder::header() {
  const std::string_view rest = std::string_view(input_).substr(taken_);
  const auto wrong = [&](std::string message) {
    return fail(close_code::kProtocolError, Errc::invalid_param, std::move(message));
  };
  if (rest.size() < 2) return std::optional<Header>();
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(rest[i]); };
  Header header;
  header.fin = byte(0) & 0x80;
  if (byte(0) & 0x70) return wrong("reserved bits are set: no extension was agreed on");
  header.opcode = static_cast<Opcode>(byte(0) & 0x0f);
  const bool is_control = byte(0) & 0x08;
  if ((byte(0) & 0x0f) > (is_control ? 10 : 2)) return wrong("unknown opcode");
  const bool masked = byte(1) & 0x80;
  if (masked != (from_ == From::client))
    return wrong(masked ? "a server may not mask" : "a client must mask its frames");
  header.payload_bytes = byte(1) & 0x7f;
  header.header_bytes = 2;
  if (is_control && (!header.fin || header.payload_bytes > kMaxControlBytes)) {
    return wrong("a control frame must be whole and at most 125 bytes");
  }
  if (!is_control && (header.opcode == Opcode::continuation) != message_.has_value()) {
    return wrong(message_ ? "a new message began inside another" : "a continuation of nothing");
  }
  if (header.payload_bytes >= 126) {
    const std::size_t length_bytes = header.payload_bytes == 126 ? 2 : 8;
    if (rest.size() < 2 + length_bytes) return std::optional<Header>();
    header.payload_bytes = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) header.payload_bytes = header.payload_bytes << 8 | byte(2 + i);
    if (header.payload_bytes < (length_bytes == 2 ? 126U : 0x10000U)) return wrong("a length in too many bytes");
    header.header_bytes += length_bytes;
  }
  const auto most = is_first_ ? std::min(max_message_bytes_, max_first_bytes_) : max_message_bytes_;
  if (header.payload_bytes > most - std::min(collected_.size(), most)) {
    if (!is_control) return fail(close_code::kTooBig, Errc::too_large, "the message is too large");
  }
  if (masked) {
    if (rest.size() < header.header_bytes + 4) return std::optional<Header>();
    std::memcpy(header.mask.data(), rest.data() + header.header_bytes, 4);
    header.header_bytes += 4;
  }
  return header;
}

Result<std::optional<WebSocketDecoder::Item>> WebSocketDecoder::next() {
  for (;;) {
    TRY(const auto head, header());
    if (!head || input_.size() - taken_ - head->header_bytes < head->payload_bytes) {
      input_.erase(0, taken_);
      taken_ = 0;
      return std::optional<Item>();
    }
    char* payload = input_.data() + taken_ + head->header_bytes;
    const auto size = static_cast<std::size_t>(head->payload_bytes);
    if (from_ == From::client) apply_mask(payload, size, head->mask);
    taken_ += head->header_bytes + size;
    if (static_cast<std::uint8_t>(head->opcode) & 0x08) return control(*head, std::string(payload, size));
    if (head->opcode != Opcode::continuation) message_ = head->opcode;
    collected_.append(payload, size);
    if (!head->fin) continue;
    http::WebSocket::Message whole{message_ == Opcode::text, std::move(collected_)};
    collected_ = {};
    is_first_ = false;
    message_.reset();
    if (whole.text && !base::is_utf8(whole.bytes)) {
      return fail(close_code::kBadData, Errc::bad_json, "the text message is not UTF-8");
    }
    return std::optional<Item>(std::move(whole));
  }
}

Result<std::optional<WebSocketDecoder::Item>> WebSocketDecoder::control(const Header& header, std::string payload) {
  if (header.opcode == Opcode::ping) return std::optional<Item>(Ping{std::move(payload)});
  if (header.opcode == Opcode::pong) return std::optional<Item>(Pong{std::move(payload)});
  if (payload.empty()) return std::optional<Item>(Close{close_code::kNoCode, {}});
  if (payload.size() == 1) return fail(close_code::kProtocolError, Errc::invalid_param, "half a close code");
  const auto high = static_cast<std::uint8_t>(payload[0]);
  const auto code = static_cast<std::uint16_t>(high << 8 | static_cast<std::uint8_t>(payload[1]));
  if (!may_be_received(code)) return fail(close_code::kProtocolError, Errc::invalid_param, "an impossible close code");
  auto reason = payload.substr(2);
  if (!base::is_utf8(reason)) return fail(close_code::kBadData, Errc::bad_json, "the close reason is not UTF-8");
  return std::optional<Item>(Close{code, std::move(reason)});
}

}  // namespace troupe::net::websocket
