// Cookie sessions of people on the platform listener.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "identity/types.h"
#include "net/http/http.h"
#include "net/route/credential_guard.h"
#include "store/database.h"

namespace troupe::identity {

/// A session that has not been used for this long is over.
inline constexpr std::chrono::hours kSessionIdle{72};
/// However much it is used, a session is over after this long.
inline constexpr std::chrono::hours kSessionAbsolute{30 * 24};

/// Whose session of which provider of OpenID Connect a session came from. Without provider: a password.
struct SessionOrigin {
  std::string provider;
  std::string subject;
  std::string sid;  ///< the provider's session; empty: not said
};

struct NewSession {
  std::string token;  ///< for the cookie; only its hash is stored
  base::UnixMs expires_ms = 0;
};

struct LiveSession {
  std::int64_t id = 0;
  base::UnixMs expires_ms = 0;
  base::UnixMs last_seen_ms = 0;
  Principal principal;
};

/// A session as its owner may see it.
struct SessionOfPrincipal {
  std::int64_t id = 0;
  base::UnixMs created_ms = 0;
  base::UnixMs last_seen_ms = 0;
  std::string remote_address;
  std::string user_agent;
};

struct SessionRow;

/// One per program; callable from any thread.
class Sessions {
 public:
  Sessions(store::Database& db, net::route::CredentialGuard& guard, const base::Clock& clock)
      : db_(db), guard_(guard), clock_(clock) {}

  /// `when` is asked in the same transaction, and may refuse.
  Task<NewSession> create(Principal principal, std::string remote_address, std::string user_agent,
                          SessionOrigin origin = {}, std::function<Result<Unit>(store::Tx&)> when = {});
  /// Ends sessions that came from this session of a provider, or from all of a person's there: what is empty of subject
  /// and sid is any. At most store::kPiece; yields how many. Ring bus::Topic::users after the commit.
  std::int64_t end_from(store::Tx& tx, const SessionOrigin& ended);
  /// Nothing when the token is unknown, too old, or its principal disabled.
  Task<std::optional<LiveSession>> find(std::string token);
  /// Notes that the session is in use now. Call it at most once a minute per session.
  Task<Unit> touch(std::int64_t session_id);
  Task<Unit> end(std::string token);
  Task<Unit> end_all(std::int64_t principal_id);
  /// The same inside the transaction of a change that signs an account out everywhere (a new password): nothing of the
  /// old password outlives the commit. An account that was never seen here is passed over. Ring bus::Topic::users after
  /// the commit: open streams look then whether they may go on.
  void end_all_of(store::Tx& tx, std::string_view user_id);
  /// Whether a session of this number still counts, and as whom.
  Task<std::optional<LiveSession>> find_by_id(std::int64_t session_id);
  /// Those that still count, the one used last first.
  Task<std::vector<SessionOfPrincipal>> list(std::int64_t principal_id);
  /// Error: not_found (not the principal's).
  Task<Unit> end_one(std::int64_t principal_id, std::int64_t session_id);
  /// Deletes what is over; a job.
  Task<Unit> sweep(base::UnixMs now);

 private:
  /// Nothing when it is too old, or its principal disabled.
  std::optional<LiveSession> alive(std::optional<SessionRow> row) const;
  store::Database& db_;
  net::route::CredentialGuard& guard_;
  const base::Clock& clock_;
};

/// `troupe_session`, or `__Host-troupe_session` when the connection is TLS.
std::string_view session_cookie_name(bool tls);
/// The Set-Cookie value that starts a session; max_age_s 0 with an empty token ends it.
std::string session_cookie(std::string_view token, bool tls, std::int64_t max_age_s);
/// A cookie of the request; empty when there is none of the name.
std::string cookie_of(const net::http::Request& request, std::string_view name);
/// The session token among the request's cookies; empty when there is none.
std::string session_token(const net::http::Request& request);

/// Whether a request that rests on the cookie may change something: Sec-Fetch-Site same-origin or none, or an Origin
/// that is ours; without both headers it comes from no browser. Error: forbidden.
Result<Unit> check_same_origin(const net::http::Request& request);

}  // namespace troupe::identity
