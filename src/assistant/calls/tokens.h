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
  /// Whose it is (grant_address). It is used for no other: a pack, a setting or the sign-in may change.
  std::string address;
  /// The store's word for this one as it is stored; empty: it is not.
  std::string version = {};
};

/// Where grants outlast the program, and where its processes agree on which of them renews one: of two that send the
/// same refresh token many services take both for thieves. What implements it seals grants (base::SealingKey).
class GrantStore {
 public:
  virtual ~GrantStore() = default;
  virtual Task<std::optional<Grant>> load(std::string account) = 0;
  /// Puts it in place of the one whose version it has, and ends this process's turn. Durable when it completes: the
  /// refresh token before it may be worth nothing any more. False: another one is stored by now, and stays.
  virtual Task<bool> save(std::string account, Grant grant) = 0;
  /// Takes the turn to renew, if nobody has it or whoever has it is given up for dead: `lapsed` is what this answered
  /// then. Nothing: it is this process's turn now. Otherwise whose it is: the same word for as long as they have it.
  virtual Task<std::optional<std::string>> take_turn(std::string account, std::string lapsed) = 0;
  /// Gives this process's turn back, if it has it.
  virtual Task<Unit> end_turn(std::string account) = 0;
};

/// The secret of a sign-in that came without a refresh token: the access token itself.
inline constexpr std::string_view kLastingToken = "access_token";

inline constexpr std::size_t kMaxGrants = 10'000;  ///< kept in memory; more are read from the store again
/// So long a process may take to renew one, by the clock of whoever waits: the service and the store answer sooner.
inline constexpr std::chrono::milliseconds kTurnTerm{90'000};

/// One per process; callable from any thread. What it refers to outlives its tasks.
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
  Task<std::string> renewed(Service service, std::string refused, CallContext context);
  /// What is stored for this service; of another address: nothing but its version.
  Task<Grant> stored(const Service& service);
  /// One that another process has stored and that is good; or else it is this process's turn, and what is stored.
  Task<Grant> stored_or_turn(const Service& service, const std::string& refused, CallContext context);
  Task<std::string> saved(const Service& service, const std::string& refused, Grant fresh);
  void keep(const std::string& account, std::optional<Grant> grant, bool is_saved) EXCLUDES(mutex_);
  /// What the store would not take; nothing: there is no such.
  std::optional<Grant> unsaved(const Service& service) const EXCLUDES(mutex_);
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
