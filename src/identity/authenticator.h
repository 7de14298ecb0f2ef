// The scheme `session`: who a request on the platform listener stands for.
#pragma once
#include <functional>
#include <string>

#include "host/settings.h"
#include "identity/acting_keys.h"
#include "identity/api_keys.h"
#include "identity/principals.h"
#include "identity/sessions.h"
#include "matrix/accounts.h"
#include "net/route/credential_guard.h"
#include "net/route/router.h"

namespace troupe::identity {

/// How a caller of the platform listener proved itself; rides along as net::route::Caller::session.
struct Credential {
  enum class Kind { cookie, key, local };
  Kind kind = Kind::cookie;
  Principal principal;
  base::UnixMs expires_ms = 0;  ///< of a cookie session; 0: none
  std::int64_t number = 0;      ///< of the session or the key; 0: a configured token
};

/// The Credential of a caller that PlatformAuthenticator made.
const Credential& credential_of(const net::route::Caller& caller);

/// Accepts, in this order of looking, and refuses two different ones on a request (invalid_param):
/// `Authorization: Bearer <key>`, `X-API-Key: <key>`, the session cookie. Keys are those of ApiKeys, plus api_token,
/// dev_token and local_token (the command line of this machine) of the settings. That a cookie request comes from
/// our own pages is checked by the router. An address that shows credentials nobody knows gets limit_exceeded before
/// the database is asked (net::route::CredentialGuard). A suspended account's may only what suspension.h says
/// (forbidden). Callable from any thread.
class PlatformAuthenticator : public net::route::Scheme {
 public:
  struct Services {
    Principals& principals;
    Sessions& sessions;
    ApiKeys& api_keys;
    net::route::CredentialGuard& guard;
    const base::Clock& clock;
    /// The homeserver's accounts, asked for at request time because it starts after identity; may yield nullptr in
    /// tests.
    std::function<matrix::Accounts*()> accounts;
    /// Keys of requests that the program makes itself; nullptr: there are none.
    const ActingKeys* acting = nullptr;
  };
  /// `local`, `api_token`, `dev_token`: the principals behind the three configured tokens.
  PlatformAuthenticator(Services services, const host::Settings& settings, Principal local, Principal api_token,
                        Principal dev_token);

  Task<std::optional<net::route::Caller>> admit(const net::http::Request& request) override;
  /// Whether a caller from a while ago would be let in now, as the same tenant's and with the same role: for what goes
  /// on after its request was admitted (streams). Ask again when bus::Topic::users rings.
  Task<bool> still_good(net::route::Caller caller);

 private:
  Task<std::optional<net::route::Caller>> by_cookie(std::string token);
  Task<std::optional<net::route::Caller>> by_key(std::string token);
  Task<std::optional<net::route::Caller>> by_acting_key(std::string token);
  /// One of the three tokens of the settings.
  std::optional<net::route::Caller> configured(std::string_view hash) const;
  /// Follows the account: role by the admin flag, nothing when it is deactivated or locked.
  Task<std::optional<Principal>> refresh(Principal principal);

  Services services_;
  std::string local_token_hash_;
  std::string api_token_hash_;
  std::string dev_token_hash_;
  Principal local_;
  Principal api_token_;
  Principal dev_token_;
};

}  // namespace troupe::identity
