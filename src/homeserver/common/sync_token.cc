#include "homeserver/common/sync_token.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "matrix/json_out.h"

namespace troupe::homeserver {
namespace {

/// Takes a whole decimal number from the front up to the next '.' or the end.
template <class Number>
bool take_number(std::string_view& text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || out < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.empty()) return true;
  if (text.front() != '.') return false;
  text.remove_prefix(1);
  return !text.empty();
}

/// No start of a program counts so far; doubled it is still a number.
constexpr std::int64_t kMaxEphemeral = std::numeric_limits<std::int64_t>::max() / 2;

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// What tokens of both kinds begin with.
void append_place(std::string& out, char kind, StreamPos pos, std::string_view boot, std::uint64_t ephemeral) {
  out += kind;
  matrix::append_number(out, pos);
  out += '.';
  out += boot;
  out += '.';
  matrix::append_number(out, static_cast<std::int64_t>(ephemeral));
}

}  // namespace

std::optional<SyncToken> parse_token(std::string_view text) {
  if (text.starts_with('p')) {
    const auto sliding = parse_sliding_pos(text);
    if (!sliding) return std::nullopt;
    return SyncToken{
        .pos = sliding->pos, .boot = sliding->boot, .ephemeral = sliding->ephemeral, .to_device = std::nullopt};
  }
  if (text.size() < 2 || text.size() > 128 || (text[0] != 's' && text[0] != 't')) return std::nullopt;
  const bool page = text[0] == 't';
  text.remove_prefix(1);
  SyncToken token;
  if (!take_number(text, token.pos)) return std::nullopt;
  if (text.empty()) return token;
  const auto dot = text.find('.');
  if (page || dot == 0 || dot == std::string_view::npos) return std::nullopt;
  token.boot = text.substr(0, dot);
  if (!std::ranges::all_of(token.boot, is_letter_or_digit)) return std::nullopt;
  text.remove_prefix(dot + 1);
  std::int64_t ephemeral = 0;
  if (!take_number(text, ephemeral)) return std::nullopt;
  token.ephemeral = static_cast<std::uint64_t>(ephemeral) >> 1;
  token.typing = (ephemeral & 1) != 0;
  if (text.empty()) return token;
  StreamPos to_device = 0;
  if (!take_number(text, to_device) || !text.empty()) return std::nullopt;
  token.to_device = to_device;
  return token;
}

void append_sync_token(std::string& out, const SyncToken& token) {
  append_place(out, 's', token.pos, token.boot, token.ephemeral << 1 | (token.typing ? 1 : 0));
  if (token.to_device) {
    out += '.';
    matrix::append_number(out, *token.to_device);
  }
}

std::optional<SlidingPos> parse_sliding_pos(std::string_view text) {
  if (text.size() < 2 || text.size() > 128 || text[0] != 'p') return std::nullopt;
  text.remove_prefix(1);
  SlidingPos found;
  if (!take_number(text, found.pos)) return std::nullopt;
  const auto dot = text.find('.');
  if (dot == 0 || dot == std::string_view::npos) return std::nullopt;
  found.boot = text.substr(0, dot);
  if (!std::ranges::all_of(found.boot, is_letter_or_digit)) return std::nullopt;
  text.remove_prefix(dot + 1);
  std::int64_t ephemeral = 0;
  std::int64_t number = 0;
  if (!take_number(text, ephemeral) || !take_number(text, number) || !text.empty()) return std::nullopt;
  if (ephemeral > kMaxEphemeral) return std::nullopt;
  found.ephemeral = static_cast<std::uint64_t>(ephemeral);
  found.number = static_cast<std::uint64_t>(number);
  return found;
}

void append_sliding_pos(std::string& out, const SlidingPos& pos) {
  append_place(out, 'p', pos.pos, pos.boot, pos.ephemeral);
  out += '.';
  matrix::append_number(out, static_cast<std::int64_t>(pos.number));
}

std::string to_device_token(StreamPos pos) {
  std::string token = "d";
  matrix::append_number(token, pos);
  return token;
}

std::optional<StreamPos> parse_to_device_token(std::string_view text) {
  if (text.size() < 2 || text.size() > 128 || text[0] != 'd') return std::nullopt;
  text.remove_prefix(1);
  StreamPos pos = 0;
  if (!take_number(text, pos) || !text.empty()) return std::nullopt;
  return pos;
}

std::string page_token(StreamPos pos) {
  std::string token = "t";
  matrix::append_number(token, pos);
  return token;
}

}  // namespace troupe::homeserver
