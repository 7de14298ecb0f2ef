// Who may make an account for themselves: closed, by token, or open; and the nonces of shared-secret registration.
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/task.h"
#include "homeserver/appservice/services.h"
#include "host/settings.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

/// One per server; callable from any thread.
class RegistrationRules {
 public:
  static constexpr std::size_t kMaxTokenBytes = 64;

  RegistrationRules(store::Database& db, const host::Settings& settings, const base::Clock& clock,
                    const appservice::Services* services = nullptr)
      : db_(db), settings_(settings), clock_(clock), services_(services) {}

  /// Error: forbidden, when registration is closed.
  Result<Unit> check_open() const;
  /// Error: invalid_param M_EXCLUSIVE for names of the fleet's bots, and those that an application service has for
  /// itself.
  Result<Unit> check_not_reserved(std::string_view localpart) const;
  /// The flows of user-interactive authentication that a new account has to pass.
  std::vector<std::vector<std::string>> flows() const;
  /// The token of the settings, or a stored one that is neither used up nor expired.
  Task<bool> token_is_valid(std::string token);
  /// Counts one use of a stored token, in the transaction that makes the account. It yields the error forbidden when
  /// the token was used up meanwhile, and must not outlive this.
  std::function<Result<Unit>(store::Tx&)> use_of(std::string token) const;

 private:
  bool is_configured_token(std::string_view token) const;
  store::Database& db_;
  const host::Settings& settings_;
  const base::Clock& clock_;
  const appservice::Services* services_;
};

/// Numbers used once, good for 60 seconds (Synapse admin API, shared-secret registration). Callable from any thread.
class Nonces {
 public:
  static constexpr base::UnixMs kLifeMs = 60'000;
  static constexpr std::size_t kMaxOpen = 10'000;

  explicit Nonces(const base::Clock& clock) : clock_(clock) {}
  std::string make();
  /// Takes it out; false when it is unknown, used or too old.
  bool use(const std::string& nonce);

 private:
  const base::Clock& clock_;
  base::Mutex mutex_;
  std::unordered_map<std::string, base::UnixMs> made_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::accounts
