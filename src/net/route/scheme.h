// Who a request stands for: credential schemes, which modules register, and the callers that they find.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "net/http/http.h"

namespace troupe::net::route {

enum class Role { member = 0, operator_ = 1, admin = 2 };

/// What kind of caller a credential stands for.
enum class CallerKind {
  user,         ///< the account of a person
  bot,          ///< the account of a bot
  service,      ///< the account of another program
  service_key,  ///< a key that no account stands behind
  server,       ///< another homeserver
};

/// One class of rates: so many a second for long, so many at once.
struct RateClass {
  double per_s = 0;
  double burst = 0;
};

/// Whoever a credential stands for.
struct Caller {
  CallerKind kind = CallerKind::user;
  std::string user_id;    ///< Matrix id of the account: see has_account()
  std::string server;     ///< name of the homeserver, of CallerKind::server only
  std::string device_id;  ///< of an account's access token; empty where the scheme knows no devices
  std::int64_t principal_id = 0;
  std::int64_t tenant_id = 1;
  Role role = Role::member;
  std::vector<std::string> scopes;      ///< empty: whatever the role may
  bool by_cookie = false;               ///< a browser sends it by itself: the router asks where the request comes from
  std::shared_ptr<const void> session;  ///< the owning module's own record
  /// In place of the numbers of Rate::message; nothing a second: no limit.
  std::optional<RateClass> messages = std::nullopt;
  /// Its rates count for its address, together with whoever else comes from there, as without a credential: there are
  /// as many such callers as anybody likes to make. `messages` stays its own, besides.
  bool rated_by_address = false;

  /// Whether `user_id` says who it is.
  bool has_account() const { return kind != CallerKind::service_key && kind != CallerKind::server; }
};

/// One way of saying who one is. A route names its scheme, or has its listener's; a route that is open to everybody has
/// none. Called on I/O threads, several at a time.
class Scheme {
 public:
  virtual ~Scheme() = default;

  /// The first step, before a body is read, from the head alone. No credential: an empty optional. Errors:
  /// unknown_token, forbidden, limit_exceeded, invalid_param (two different credentials).
  virtual Task<std::optional<Caller>> admit(const http::Request& head) = 0;

  /// Whether the credential also vouches for the body, as a signature over it does. What admit() yields is then a claim
  /// only, which verify() proves or refuses before the body is parsed and the handler runs; rates count for the address
  /// until then. Such a scheme cannot guard a route with Body::stream.
  virtual bool binds_body() const { return false; }
  /// The second step, with the whole body in `request` (empty where the route takes Body::none). Yields whom the claim
  /// has been proved to be. Errors: as admit().
  virtual Task<Caller> verify(const http::Request& request, Caller claimed);
};

}  // namespace troupe::net::route
