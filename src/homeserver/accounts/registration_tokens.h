// Registration tokens as administrators make and change them: words with which people may make accounts for themselves.
#pragma once
#include "base/clock.h"
#include "homeserver/accounts/registration.h"
#include "homeserver/accounts/registration_token_store.h"

namespace troupe::homeserver::accounts {

struct NewRegistrationToken {
  std::optional<std::string> token;  ///< none: one is drawn
  std::int64_t length = 16;          ///< of one that is drawn, 1…kMaxTokenBytes
  std::optional<std::int64_t> uses_allowed;
  std::optional<std::int64_t> expires_ms;
};

/// The bounds that a change sets; an inner nothing takes the bound away, an outer one leaves it.
struct RegistrationTokenChange {
  std::optional<std::optional<std::int64_t>> uses_allowed;
  std::optional<std::optional<std::int64_t>> expires_ms;
};

/// Keeps no state; callable from any thread. Every change completes when it is durable.
class RegistrationTokens {
 public:
  /// All can be read in one answer.
  static constexpr std::size_t kMaxTokens = 10'000;
  static constexpr auto kMaxTokenBytes = static_cast<std::int64_t>(RegistrationRules::kMaxTokenBytes);

  RegistrationTokens(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  /// The oldest first. `valid`: only those that can be used now, or only the others; nothing: all.
  Task<std::vector<RegistrationToken>> list(std::optional<bool> valid);
  Task<RegistrationToken> find(std::string token);  ///< not_found
  /// Error: invalid_param (letters, time, taken, too many).
  Task<RegistrationToken> create(NewRegistrationToken wanted);
  /// Errors: not_found, invalid_param (the time).
  Task<RegistrationToken> change(std::string token, RegistrationTokenChange change);
  Task<Unit> remove(std::string token);  ///< not_found

  /// Whether it opens registration now.
  bool is_valid(const RegistrationToken& token) const;
  /// How the audit log names a token: whoever reads there is not to use it.
  static std::string audit_name(std::string_view token);

 private:
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::accounts
