// Hands one mail to a relay over SMTP (RFC 5321), through libcurl. The relay is the administrator's choice, never a
// member's.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace troupe::net::smtp {

enum class Security {
  none,      ///< nothing is encrypted
  starttls,  ///< encrypted before anything is said (RFC 3207); a relay that does not offer it is refused
  tls,       ///< encrypted from the first byte (RFC 8314)
};

struct Relay {
  std::string host;  ///< name or address
  std::uint16_t port = 0;
  Security security = Security::starttls;  ///< unless none, the certificate must be valid for `host`
  std::string user;                        ///< empty: nobody signs in
  std::string password;
  std::string greeting;  ///< what we call ourselves: a domain
  std::string ca_file;   ///< PEM, whose certificates are trusted in place of the system's; empty: the system's
};

/// One mail for one recipient. The addresses are bare, ASCII, without angle brackets, spaces and line ends.
struct Mail {
  std::string from;
  std::string to;
  std::string text;  ///< headers and body as RFC 5322 has them, lines ending with CRLF
};

struct Patience {
  std::chrono::milliseconds connect{10'000};  ///< name, connection and TLS
  std::chrono::milliseconds silence{20'000};  ///< of the relay, in between
  std::chrono::milliseconds total{60'000};
  const std::atomic<bool>* stop = nullptr;  ///< set: it ends within a second; nullptr: nobody stops it
};

/// Blocks its thread, which must be none of the event loop's; callable from several at once. Good: the relay has taken
/// the mail over. Errors: invalid_param (this mail is refused for good), limit_exceeded (this mail is refused for now),
/// unavailable (the relay, the way to it, or what it makes of our settings; the message says which, and is fit for an
/// administrator). After an error in the middle of the text the relay may have taken it all the same.
Result<Unit> send(const Relay& relay, const Mail& mail, const Patience& patience = {});

/// Whether the relay answers, encrypts and lets us sign in. Sends no mail. Blocks. Error: unavailable.
Result<Unit> probe(const Relay& relay, const Patience& patience = {});

}  // namespace troupe::net::smtp
