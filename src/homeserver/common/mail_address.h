// E-mail addresses as accounts have them and as mails carry them: ASCII only, so that none looks like another one, and
// none holds what would end a header or a command (RFC 5321, dot-strings and domains).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace troupe::homeserver {

inline constexpr std::size_t kMaxMailAddressBytes = 254;
/// The app id of pushers by mail (Client-Server API #post_matrixclientv3pushersset).
inline constexpr std::string_view kMailAppId = "m.email";

/// The one form of an address, in lower case on both sides of the @, as Synapse keeps them; spaces around it go.
/// Nothing when it is none: quoted local parts, address literals and letters beyond ASCII (a domain of such is written
/// as xn--…) are not taken.
std::optional<std::string> canonical_mail_address(std::string_view text);

/// Who a mail is from.
struct MailSender {
  std::string name;     ///< ASCII without control characters and quotes; may be empty
  std::string address;  ///< as it was written, but for the spaces around it
};
/// "Name <address>", "<address>" or "address".
std::optional<MailSender> parse_mail_sender(std::string_view text);

}  // namespace troupe::homeserver
