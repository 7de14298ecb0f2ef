// Access tokens of OAuth 2: renewed when they end, once for all calls that want one. RFC 6749 section 6.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "assistant/calls/pauses.h"
#include "base/mutex.h"
#include "net/client/client.h"

namespace troupe::assistant::calls {

struct Grant {
  std::string access_token, refresh_token;
  base::UnixMs expires_ms = 0;
  /// Whose it is: the token address, the base URL, and a hash of the sign-in that it came from. It is used for no
  /// other: a pack, a setting or the sign-in may change.
  std::string address;
};

/// Where grants outlast the program. What implements it seals them (base::SealingKey).
class GrantStore {
 public:
  virtual ~GrantStore() = default;
  virtual Task<std::optional<Grant>> load(std::string account) = 0;
  /// Durable when it completes: the refresh token before it may be worth nothing any more.
  virtual Task<Unit> save(std::string account, Grant grant) = 0;
};

inline constexpr std::size_t kMaxGrants = 10'000;  ///< kept in memory; more are read from the store again

/// One per server; callable from any thread. What it refers to outlives its tasks.
class Tokens {
 public:
  Tokens(net::client::HttpClient& http, const base::Clock& clock, GrantStore& store, Pause pause)
      : http_(http), clock_(clock), store_(store), pause_(std::move(pause)) {}

  /// A token that the service has not refused yet; `refused`: the one that it just did. Errors: forbidden (the sign-in
  /// at the service has ended: somebody has to sign in again); invalid_param (a secret is missing); unavailable,
  /// timed_out (the token address or the store is out of reach); conflict (cancelled). No message holds a secret.
  Task<std::string> access(Service service, std::string refused, CallContext context);

 private:
  struct Kept {
    std::optional<Grant> grant;
    bool saved = true;
    bool renewing = false;
    std::size_t renewals = 0;     ///< that ended, well or not
    std::optional<Error> failed;  ///< how the last one ended
  };

  std::optional<std::string> usable(const Service& service, const std::string& refused) const EXCLUDES(mutex_);
  /// True: it is this call's turn to renew. `renewals`: how many there were.
  bool begin(const std::string& account, std::size_t& renewals) EXCLUDES(mutex_);
  void end(const std::string& account, const std::optional<Error>& failed) EXCLUDES(mutex_);
  /// How the renewal that a call waited for failed; nothing: it did not, or is under way.
  std::optional<Error> failure(const std::string& account, std::size_t renewals) const EXCLUDES(mutex_);
  Task<std::string> renewed(Service service, std::string refused);
  Task<Grant> ask(Service service, std::string refresh_token);
  bool is_good(const Grant& grant, const std::string& refused) const;

  net::client::HttpClient& http_;
  const base::Clock& clock_;
  GrantStore& store_;
  const Pause pause_;
  mutable base::Mutex mutex_;
  std::map<std::string, Kept, std::less<>> kept_ GUARDED_BY(mutex_);
};

}  // namespace troupe::assistant::calls
