// People sign in where they have their accounts (OpenID Connect), and come back as who they are here.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/task.h"
#include "identity/sessions.h"
#include "net/http/http.h"

namespace troupe::identity {

/// What people choose from.
struct ProviderName {
  std::string id;
  std::string name;
};

/// Somebody for whom a provider has vouched a moment ago.
struct Vouched {
  std::string user_id;
  SessionOrigin origin;
  /// In the transaction that lets them in: uses up what they came with, and refuses when that was used or has ended
  /// meanwhile.
  std::function<Result<Unit>(store::Tx&)> use;
};

/// A homeserver that has providers offers it on the host::Context. Callable from any thread.
class SignInElsewhere {
 public:
  virtual ~SignInElsewhere() = default;
  virtual std::vector<ProviderName> providers() const = 0;  ///< in the order of the configuration
  /// Where to send the browser that asks; it comes to `back` with a `loginToken` in the query, if that address may have
  /// one: it must be of the homeserver's own host, or of sso.trusted_redirects. Error: not_found (no such provider).
  virtual Result<std::string> departure(const net::http::Request& asked, std::string_view provider,
                                        std::string_view back) const = 0;
  /// Whose token it is; only those that were made for the console count. Errors: forbidden (unknown, used or expired,
  /// or the account is deactivated), unknown_token (locked).
  virtual Task<Vouched> redeem(std::string token) = 0;
};

}  // namespace troupe::identity
