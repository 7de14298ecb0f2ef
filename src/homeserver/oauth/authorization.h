// What a client asks of a person, and the way back to it. Client-Server API #authorization-code-flow.
#pragma once
#include <optional>
#include <string>

#include "homeserver/oauth/clients.h"
#include "homeserver/oauth/page.h"
#include "homeserver/oauth/scope.h"

namespace troupe::homeserver::oauth {

/// Where the browser may be sent back to: checked, so that nothing else is ever a redirect.
struct WayBack {
  Client client;
  std::string redirect_uri;
  std::string state;
  bool in_fragment = false;
  std::string issuer;

  /// The redirect with `answer`, `state` and `iss` (RFC 9207).
  std::string with(Fields answer) const;
  /// The same for a refusal or error of RFC 6749 section 4.1.2.1.
  std::string with_error(const Error& error) const;
};

struct Authorization {
  Scope scope;
  std::string challenge;
  std::optional<std::string> nonce;
  bool sign_in_again = false;  ///< prompt=login
  bool sign_up = false;        ///< prompt=create
  bool silent = false;         ///< prompt=none: nothing may be asked
  std::string login_hint;
};

/// What the forms carry from page to page.
Fields carried(const Fields& request);
/// Error: invalid_param (one is there twice, or is too long).
Result<Unit> check_fields(const Fields& request);

/// Error, for the person and never for a redirect: invalid_param (no such client, redirect_uri).
Task<WayBack> find_way_back(Clients& clients, const Fields& request, std::string issuer);
/// Errors, for a redirect: refusals invalid_request, unsupported_response_type, invalid_scope, request_not_supported,
/// unauthorized_client.
Result<Authorization> read_authorization(const Fields& request, const WayBack& way);

}  // namespace troupe::homeserver::oauth
