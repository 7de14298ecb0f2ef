#include "base/encoding.h"

#include <array>

namespace troupe::base {
namespace {
constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kHexUpper = "0123456789ABCDEF";

std::string encode64(Bytes bytes, std::string_view alphabet) {
  std::string out((bytes.size() * 4 + 2) / 3, '\0');
  char* at = out.data();
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t v = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
    *at++ = alphabet[v >> 18];
    *at++ = alphabet[v >> 12 & 63];
    *at++ = alphabet[v >> 6 & 63];
    *at++ = alphabet[v & 63];
  }
  if (bytes.size() - i == 1) {
    *at++ = alphabet[bytes[i] >> 2];
    *at++ = alphabet[(bytes[i] & 3) << 4];
  } else if (bytes.size() - i == 2) {
    const std::uint32_t v = bytes[i] << 8 | bytes[i + 1];
    *at++ = alphabet[v >> 10];
    *at++ = alphabet[v >> 4 & 63];
    *at++ = alphabet[(v & 15) << 2];
  }
  return out;
}

/// Of both alphabets; -1: of neither.
constexpr auto kValues64 = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (const auto alphabet : {kStandard, kUrlSafe}) {
    for (std::size_t i = 0; i < alphabet.size(); ++i)
      values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

int value64(char c) { return kValues64[static_cast<unsigned char>(c)]; }

int value16(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

std::string base64(Bytes bytes) { return encode64(bytes, kStandard); }
std::string base64url(Bytes bytes) { return encode64(bytes, kUrlSafe); }

std::optional<std::string> base64_decode(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (char c : text) {
    const int value = value64(c);
    if (value < 0) return std::nullopt;
    buffer = buffer << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(buffer >> bits & 0xff);
    }
  }
  return out;
}

std::string hex(Bytes bytes) {
  std::string out(bytes.size() * 2, '\0');
  auto* at = out.data();
  for (auto b : bytes) {
    *at++ = kHex[b >> 4];
    *at++ = kHex[b & 15];
  }
  return out;
}

std::optional<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value16(text[i]);
    const int low = value16(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = value16(text[i + 1]);
      const int low = value16(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += '%';
      out += kHexUpper[byte >> 4];
      out += kHexUpper[byte & 15];
    }
  }
  return out;
}

bool is_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto* end = p + text.size();
  while (p < end) {
    if (*p < 0x80) {
      ++p;
      continue;
    }
    std::ptrdiff_t extra = 0;
    std::uint32_t point = 0;
    std::uint32_t least = 0;
    if (*p >= 0xc2 && *p <= 0xdf) {
      extra = 1, point = *p & 0x1f, least = 0x80;
    } else if (*p >= 0xe0 && *p <= 0xef) {
      extra = 2, point = *p & 0x0f, least = 0x800;
    } else if (*p >= 0xf0 && *p <= 0xf4) {
      extra = 3, point = *p & 0x07, least = 0x10000;
    } else {
      return false;
    }
    if (end - p <= extra) return false;
    for (std::ptrdiff_t i = 1; i <= extra; ++i) {
      if ((p[i] & 0xc0) != 0x80) return false;
      point = point << 6 | (p[i] & 0x3f);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
    p += extra + 1;
  }
  return true;
}

}  // namespace troupe::base
