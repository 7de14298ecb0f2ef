#include "store/postgres_values.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace troupe::store {
namespace {

constexpr std::string_view kMark = "\xF4\x8F\xBF\xBE";  // U+10FFFE
constexpr const char* kHex = "0123456789abcdef";

/// The length of the UTF-8 sequence at the start, 0 when it is none. Spec: RFC 3629 section 4.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  const auto tail = [&](std::size_t i) { return within(i, 0x80, 0xBF); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

std::uint64_t unsigned_of(std::string_view bytes) {
  std::uint64_t n = 0;
  for (char c : bytes) n = (n << 8) | static_cast<unsigned char>(c);
  return n;
}

/// numeric: count of base-10000 digits, weight of the first, sign, scale, digits; 16 bits each.
std::int64_t get_numeric(std::string_view bytes) {
  if (bytes.size() < 8) return 0;
  const auto word = [&](std::size_t i) { return static_cast<std::uint16_t>(unsigned_of(bytes.substr(i * 2, 2))); };
  const int digits = word(0);
  const int weight = static_cast<std::int16_t>(word(1));
  const bool negative = word(2) == 0x4000;
  if (static_cast<std::size_t>(digits) * 2 + 8 > bytes.size()) return 0;
  long double value = 0;
  for (int i = 0; i <= weight; ++i) {
    value = value * 10'000 + (i < digits ? word(static_cast<std::size_t>(i) + 4) : 0);
  }
  if (negative) value = -value;
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  if (value >= static_cast<long double>(kMax)) return kMax;
  if (value <= -static_cast<long double>(kMax)) return -kMax;
  return static_cast<std::int64_t>(value);  // 64 bits fit into a long double's 64-bit mantissa
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

bool needs_escape(std::string_view text) {
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    if (c != 0 && c < 0x80) {
      text.remove_prefix(1);
      continue;
    }
    const auto length = sequence_length(text);
    if (c == 0 || length == 0 || text.starts_with(kMark)) return true;
    text.remove_prefix(length);
  }
  return false;
}

std::string escape_text(std::string_view text) {
  std::string out;
  const auto escape_byte = [&](char c) {
    out += kMark;
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  };
  while (!text.empty()) {
    auto length = sequence_length(text);
    if (text.front() == '\0' || length == 0) {
      escape_byte(text.front());
      length = 1;
    } else if (text.starts_with(kMark)) {
      for (char c : kMark) escape_byte(c);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

bool is_escaped(std::string_view text) { return text.find(kMark) != text.npos; }

std::string unescape_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto at = text.find(kMark);
    out += text.substr(0, at);
    if (at == text.npos) break;
    text.remove_prefix(at + kMark.size());
    const int high = text.size() >= 2 ? digit_of(text[0]) : -1;
    const int low = text.size() >= 2 ? digit_of(text[1]) : -1;
    if (high < 0 || low < 0) {  // not written by escape_text
      out += kMark;
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    text.remove_prefix(2);
  }
  return out;
}

void put_int8(std::int64_t n, char* out) {
  auto bits = static_cast<std::uint64_t>(n);
  for (int i = 7; i >= 0; --i) {
    out[i] = static_cast<char>(bits & 0xff);
    bits >>= 8;
  }
}

std::int64_t get_integer(unsigned type, std::string_view bytes) {
  switch (type) {
    case pg_type::kInt8:
      return static_cast<std::int64_t>(unsigned_of(bytes));
    case pg_type::kInt4:
      return static_cast<std::int32_t>(unsigned_of(bytes));
    case pg_type::kInt2:
      return static_cast<std::int16_t>(unsigned_of(bytes));
    case pg_type::kBool:
      return !bytes.empty() && bytes.front() != 0 ? 1 : 0;
    case pg_type::kNumeric:
      return get_numeric(bytes);
    default: {
      std::int64_t n = 0;
      std::from_chars(bytes.data(), bytes.data() + bytes.size(), n);
      return n;
    }
  }
}

}  // namespace troupe::store
