// Text forms of bytes: base64 (both alphabets), hexadecimal, percent-encoding, UTF-8 checks.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace troupe::base {

using Bytes = std::span<const std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// RFC 4648 base64 without padding, as Matrix writes hashes and keys ("unpadded base64").
std::string base64(Bytes bytes);
/// The same with the URL-safe alphabet (event ids from room version 4).
std::string base64url(Bytes bytes);
/// Takes either alphabet, with or without padding; nothing when a character is foreign or the length impossible.
std::optional<std::string> base64_decode(std::string_view text);

std::string hex(Bytes bytes);
std::optional<std::string> hex_decode(std::string_view text);

/// Percent-decodes once. `plus_is_space` for query strings. Nothing when an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Escapes all but RFC 3986 unreserved characters.
std::string percent_encode(std::string_view text);

/// Whether the bytes are well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

}  // namespace troupe::base
