// The scheme `matrix_token`, access tokens: who a request on the Matrix listener stands for. The hot path of every
// request.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/metrics.h"
#include "homeserver/appservice/services.h"
#include "host/settings.h"
#include "matrix/accounts.h"
#include "net/route/router.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

/// What net::route::Caller::session points to on the Matrix listener. Immutable.
struct Session {
  std::string token_hash;  ///< 32 bytes
  std::string user_id;
  std::string device_id;  ///< empty: a token without device
  matrix::AccountKind kind = matrix::AccountKind::person;
  bool admin = false;
  bool locked = false;
  bool suspended = false;
  bool shadow_banned = false;
  bool guest = false;
  std::optional<base::UnixMs> expires_ms;
  std::optional<net::route::RateClass> messages = {};  ///< as net::route::Caller has it
  /// The application service whose token it is, and that acts as this user; nullptr: the user's own token.
  const appservice::Service* service = nullptr;
};

/// The session behind a request on a route that needs one.
inline const Session& session_of(const net::route::Call& call) {
  return *static_cast<const Session*>(call.caller->session.get());
}

/// The application service that calls, as itself or as one of its users; nullptr: somebody else.
inline const appservice::Service* service_of(const net::route::Call& call) {
  return call.caller->session ? session_of(call).service : nullptr;
}

/// Whether the caller's account is suspended: what suspension.h lets through may ask for more.
inline bool is_suspended(const net::route::Call& call) { return call.caller->session && session_of(call).suspended; }

/// Whether nobody is to hear what the caller sends, and the caller is not to know.
inline bool is_shadow_banned(const net::route::Call& call) {
  return call.caller->session && session_of(call).shadow_banned;
}

/// Whether a guest calls (guests.h): what everybody gets a share of, all guests get one of together.
inline bool is_guest(const net::route::Call& call) { return call.caller->session && session_of(call).guest; }

/// The accounts' tokens, cached in memory by hash; the database is asked once per token. The token of an application
/// service stands for the user whom the request names in `user_id`, with a device in `device_id`, or else for the
/// service's own account (Application Service API #identity-assertion).
/// admit() is callable from any thread and does no SQL for a cached token.
class Sessions : public net::route::Scheme {
 public:
  ~Sessions() override = default;
  /// Forgets cached tokens of a user (all devices, or one) after logout, password change, lock or deactivation.
  /// Callable from any thread; call it after the commit that changed the rows (Tx::after_commit).
  virtual void forget(std::string_view user_id, std::optional<std::string_view> device_id = {}) = 0;
  /// An access token was made just now: its first use is no guess, whatever others at the address try. After the
  /// commit, before its owner has it.
  virtual void made(std::string_view access_token) = 0;
  /// Forgets all cached tokens.
  virtual void forget_all() = 0;
  /// forget() once `tx` has committed, here and in every other process.
  void forget_after(store::Tx& tx, std::string user_id, std::optional<std::string> device_id = {});
  /// Writes when and from where devices were last seen, at most once a minute for each, in the bulk lane. From a job.
  virtual Task<Unit> write_last_seen() = 0;
};

/// How a request may carry a token: "Authorization: Bearer …", or the query parameter `access_token` (deprecated, still
/// used by old bots). Nothing when it carries none. Errors: invalid_param (two different tokens), unknown_token
/// (another scheme).
Result<std::optional<std::string>> token_of(const net::http::Request& request);

inline constexpr std::size_t kCachedSessions = 100'000;

/// The application service whose token a request carries, whoever it acts as. Errors: missing_token, unknown_token,
/// those of token_of.
Result<const appservice::Service*> service_by_token(const appservice::Services* services,
                                                    const net::http::Request& request);

/// At most `capacity` tokens are kept in memory. An address that shows tokens nobody knows gets limit_exceeded before
/// the database is asked (net::route::CredentialGuard). The arguments must outlive the result.
std::unique_ptr<Sessions> make_sessions(store::Database& db, const base::Clock& clock, base::MetricRegistry& metrics,
                                        const host::Settings& settings, std::size_t capacity = kCachedSessions,
                                        const appservice::Services* services = nullptr);

}  // namespace troupe::homeserver::accounts
