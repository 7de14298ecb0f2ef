#include "homeserver/reading/sync_token.h"

#include <algorithm>
#include <charconv>

#include "homeserver/json_out.h"

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

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

std::optional<SyncToken> parse_token(std::string_view text) {
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
  token.ephemeral = static_cast<std::uint64_t>(ephemeral);
  if (text.empty()) return token;
  StreamPos to_device = 0;
  if (!take_number(text, to_device) || !text.empty()) return std::nullopt;
  token.to_device = to_device;
  return token;
}

void append_sync_token(std::string& out, const SyncToken& token) {
  out += 's';
  append_number(out, token.pos);
  out += '.';
  out += token.boot;
  out += '.';
  append_number(out, static_cast<std::int64_t>(token.ephemeral));
  if (token.to_device) {
    out += '.';
    append_number(out, *token.to_device);
  }
}

std::string page_token(StreamPos pos) {
  std::string token = "t";
  append_number(token, pos);
  return token;
}

}  // namespace troupe::homeserver
