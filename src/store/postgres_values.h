// How values travel to and from PostgreSQL: its binary forms, and text that it cannot hold as it is. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::store {

/// Type numbers that PostgreSQL never changes (pg_type.dat).
namespace pg_type {
inline constexpr unsigned kBool = 16;
inline constexpr unsigned kBytea = 17;
inline constexpr unsigned kInt8 = 20;
inline constexpr unsigned kInt2 = 21;
inline constexpr unsigned kInt4 = 23;
inline constexpr unsigned kText = 25;
inline constexpr unsigned kNumeric = 1700;
}  // namespace pg_type

/// PostgreSQL's text holds UTF-8 without zero bytes; Matrix names and transaction ids may hold anything. So a zero
/// byte, and every byte that is not part of UTF-8, is written as U+10FFFE (a code point that is no character) and two
/// hex digits, and U+10FFFE itself likewise, byte by byte. Equal texts stay equal, all others stay different. Whether
/// `text` needs that: most do not.
bool needs_escape(std::string_view text);
std::string escape_text(std::string_view text);
/// Whether a text that came back was escaped.
bool is_escaped(std::string_view text);
/// The opposite of escape_text.
std::string unescape_text(std::string_view text);

/// Eight bytes, most significant first.
void put_int8(std::int64_t n, char* out);
/// The number in a binary value of a numeric type, bool included; of a text, the number it begins with; else 0. A
/// fraction is cut off, a number beyond 64 bits is clamped.
std::int64_t get_integer(unsigned type, std::string_view bytes);

}  // namespace troupe::store
