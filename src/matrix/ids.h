// Matrix identifiers: grammar checks and parts. Identifiers themselves travel as std::string.
// Appendices #identifier-grammar.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::matrix {

inline constexpr std::size_t kMaxIdBytes = 255;

struct IdParts {
  std::string_view localpart;  ///< without the sigil
  std::string_view server;     ///< empty for a room id of version 12 and for event ids from version 3
};

/// "@local:server". Historical user ids (any printable byte in the local part) are accepted here.
std::optional<IdParts> parse_user_id(std::string_view id);
/// "!opaque:server" or, from room version 12, "!" + 43 characters of URL-safe base64.
std::optional<IdParts> parse_room_id(std::string_view id);
/// "#alias:server".
std::optional<IdParts> parse_room_alias(std::string_view id);
/// "$opaque:server" (room versions 1 and 2), or "$" + 43 characters of base64 (3) or URL-safe base64 (4 and up).
bool is_event_id(std::string_view id);
/// host or host:port: DNS name, IPv4 or [IPv6].
bool is_server_name(std::string_view name);
/// What a new local part may hold: a-z 0-9 . _ = - / +, not empty, and the whole id at most 255 bytes.
bool is_new_localpart(std::string_view localpart, std::string_view server_name);

inline std::string make_user_id(std::string_view localpart, std::string_view server) {
  return "@" + std::string(localpart) + ":" + std::string(server);
}

}  // namespace troupe::matrix
