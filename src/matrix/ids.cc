#include "matrix/ids.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace troupe::matrix {
namespace {

constexpr std::size_t kHashIdBytes = 43;  ///< 256 bits of unpadded base64
constexpr std::size_t kMaxDnsNameBytes = 255;
constexpr std::size_t kMaxPortDigits = 5;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_base64url(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

bool is_base64(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; });
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > kMaxPortDigits) return false;
  int value = 0;
  for (char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  return value <= 65'535;
}

bool is_ipv6(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return false;
  std::ranges::copy(text, terminated.begin());
  in6_addr parsed{};
  return inet_pton(AF_INET6, terminated.data(), &parsed) == 1;
}

bool is_dns_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxDnsNameBytes) return false;
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; });
}

/// UTF-8 without control characters. Byte-wise: continuation bytes are all above 0x7f.
bool is_printable(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::ranges::none_of(text, control) && base::is_utf8(text);
}

/// sigil + local part without ':' + ':' + server name.
std::optional<IdParts> parse_with_domain(std::string_view id, char sigil) {
  if (id.size() > kMaxIdBytes || id.empty() || id.front() != sigil) return std::nullopt;
  const auto colon = id.find(':');
  if (colon == id.npos || colon == 1) return std::nullopt;
  const IdParts parts{.localpart = id.substr(1, colon - 1), .server = id.substr(colon + 1)};
  if (!is_printable(parts.localpart) || !is_server_name(parts.server)) return std::nullopt;
  return parts;
}

}  // namespace

// NOTSPEC: ids with control characters or an empty local part are refused, although servers must accept historical ones
// over federation: all ids here are made by this server, and such ones deceive readers.
std::optional<IdParts> parse_user_id(std::string_view id) { return parse_with_domain(id, '@'); }

std::optional<IdParts> parse_room_id(std::string_view id) {
  if (id.size() == kHashIdBytes + 1 && id.front() == '!' && is_base64url(id.substr(1))) {
    return IdParts{.localpart = id.substr(1), .server = {}};
  }
  return parse_with_domain(id, '!');
}

std::optional<IdParts> parse_room_alias(std::string_view id) { return parse_with_domain(id, '#'); }

bool is_event_id(std::string_view id) {
  if (id.size() == kHashIdBytes + 1 && id.front() == '$') {
    const auto hash = id.substr(1);
    if (is_base64url(hash) || is_base64(hash)) return true;
  }
  return parse_with_domain(id, '$').has_value();
}

bool is_server_name(std::string_view name) {
  if (name.starts_with('[')) {
    const auto close = name.find(']');
    if (close == name.npos || !is_ipv6(name.substr(1, close - 1))) return false;
    const auto rest = name.substr(close + 1);
    return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
  }
  const auto colon = name.find(':');
  if (colon != name.npos && !is_port(name.substr(colon + 1))) return false;
  return is_dns_name(name.substr(0, colon));
}

bool is_new_localpart(std::string_view localpart, std::string_view server_name) {
  if (localpart.empty() || localpart.size() + server_name.size() + 2 > kMaxIdBytes) return false;
  return std::ranges::all_of(localpart, [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '_' || c == '=' || c == '-' || c == '/' ||
           c == '+';
  });
}

}  // namespace troupe::matrix
