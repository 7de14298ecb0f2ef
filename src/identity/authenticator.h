// Finds who a request on the platform listener stands for.
#pragma once
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_set>

#include "host/settings.h"
#include "identity/api_keys.h"
#include "identity/principals.h"
#include "identity/sessions.h"
#include "matrix/homeserver.h"
#include "net/route/rate_limit.h"
#include "net/route/router.h"

namespace troupe::identity {

/// How a caller of the platform surface proved itself; rides along as net::Caller::session.
struct Credential {
  enum class Kind { cookie, key, local };
  Kind kind = Kind::cookie;
  Principal principal;
  base::UnixMs expires_ms = 0;  ///< of a cookie session; 0: none
  std::int64_t number = 0;      ///< of the session or the key; 0: a configured token
};

/// The Credential of a caller that PlatformAuthenticator made.
const Credential& credential_of(const net::Caller& caller);

/// Credentials that were good of late, by hash: whoever holds one is let through to the database although others at the
/// same address try what they do not know. Thread-safe; the oldest makes room.
class KnownCredentials {
 public:
  static constexpr std::size_t kMost = 20'000;
  bool has(const std::string& hash) const;
  void add(const std::string& hash);

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::string> known_;
  std::deque<std::string> order_;
};

/// How many unknown credentials an address may show before the database is not asked any more: so many a second for
/// long, so many at once. It bounds the work, not the guessing, which 256 bits make hopeless; so it is wide enough that
/// an old script at an address keeps nobody else there from signing in.
inline constexpr net::RateClass kUnknownCredentials{20, 200};

/// Accepts, in this order of looking, and refuses two different ones on a request (invalid_param):
/// `Authorization: Bearer <key>`, `X-API-Key: <key>`, the session cookie. Keys are those of ApiKeys, plus api_token,
/// auth_dev_token and local_token (the command line of this machine) of the settings. That a cookie request comes from
/// our own pages is checked by the router. An address that shows credentials nobody knows gets limit_exceeded before
/// the database is asked (kUnknownCredentials). Callable from any thread.
class PlatformAuthenticator : public net::Authenticator {
 public:
  struct Services {
    Principals& principals;
    Sessions& sessions;
    ApiKeys& api_keys;
    const base::Clock& clock;
    /// The homeserver, asked for at request time because it starts after identity; may yield nullptr in tests.
    std::function<matrix::Homeserver*()> homeserver;
  };
  /// `local`, `api_token`, `dev_token`: the principals behind the three configured tokens.
  PlatformAuthenticator(Services services, const host::Settings& settings, Principal local, Principal api_token,
                        Principal dev_token);

  Task<std::optional<net::Caller>> authenticate(const net::Request& request) override;
  /// Whether a caller from a while ago would be let in now, as the same tenant's and with the same role: for what goes
  /// on after its request was admitted (streams). Ask again when bus::Topic::users rings.
  Task<bool> still_good(net::Caller caller);

 private:
  Task<std::optional<net::Caller>> by_cookie(std::string token);
  Task<std::optional<net::Caller>> by_key(std::string token);
  /// One of the three tokens of the settings.
  std::optional<net::Caller> configured(std::string_view hash) const;
  /// Follows the account: role by the admin flag, nothing when it is deactivated or locked.
  Task<std::optional<Principal>> refresh(Principal principal);

  Services services_;
  std::string local_token_hash_;
  std::string api_token_hash_;
  std::string dev_token_hash_;
  Principal local_;
  Principal api_token_;
  Principal dev_token_;
  KnownCredentials known_;
  net::RateLimiter unknown_;  ///< by address
};

}  // namespace troupe::identity
