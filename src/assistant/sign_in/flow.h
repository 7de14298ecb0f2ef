// The way to a service's page and back: RFC 6749 section 4.1 with PKCE (RFC 7636) and the issuer's name (RFC 9207).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "assistant/packs/credential.h"
#include "assistant/sign_in/pending.h"

namespace troupe::assistant::sign_in {

/// What somebody comes back with.
struct Return {
  std::string state, code;
  std::optional<std::string> issuer;
  std::string error;        ///< the service's word, in the place of a code; empty: none
  std::string description;  ///< what it says besides
};

/// "https://troupe.example.org": where browsers reach this server. Error: invalid_param (no such address).
Result<std::string> checked_origin(std::string_view address);

/// Where a service sends people back to: one address for each service, so that what one service answers is not taken
/// for another's (RFC 9700 section 4.4.2.2).
std::string arrival_path(std::string_view service);

/// Where to send a person.
std::string departure(const packs::Auth& auth, const Begun& begun, std::string_view state);

/// What stands in the address that a browser ended at. Error: invalid_param, fit for people.
Result<Return> read_return(std::string_view address);
/// Error: invalid_param (too long to be one).
Result<Unit> check(const Return& back);

/// Whether it is the service that was asked which answers (RFC 9207). Where the pack says what its service calls
/// itself, the answer must have that name; elsewhere one that has a name must have one of the host that people were
/// sent to. Error: forbidden.
Result<Unit> check_issuer(const packs::Auth& auth, const Return& back);

}  // namespace troupe::assistant::sign_in
