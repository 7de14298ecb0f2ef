// The users of Vexa's dialect: found or made, changed, and given tokens.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "identity/token_hash.h"
#include "identity/types.h"
#include "meetings/vexa/user.h"
#include "net/route/credential_guard.h"
#include "store/database.h"

namespace troupe::meetings::vexa {

/// A value that need not be said, and may be said to be nothing.
template <class T>
struct Change {
  bool said = false;
  std::optional<T> value{};
};

struct NewUser {
  std::string email{};
  std::optional<std::string> name{};
  std::optional<std::string> image_url{};
  std::optional<std::int64_t> most_at_once = 1;
};
struct UserChange {
  Change<std::string> name{};
  Change<std::string> image_url{};
  Change<std::int64_t> most_at_once{};
  Change<boost::json::object> data{};
  Change<bool> recording{};  ///< whether bots record where nobody says so
};
struct NewToken {
  std::vector<std::string> scopes{};  ///< of kTokenScopes; empty: all
  std::string name{};
  std::optional<base::UnixMs> expires_ms{};
};
struct UserWithTokens {
  User user{};
  std::vector<Token> tokens{};
};
struct FoundOrMade {
  User user{};
  bool made = false;
};

inline constexpr std::size_t kMaxTokensOfUser = 100;

/// Callable from any thread. Those whom the admin routes make are of the default tenant.
class Users {
 public:
  Users(store::Database& db, net::route::CredentialGuard& guard, const base::Clock& clock)
      : db_(db), guard_(guard), clock_(clock) {}

  /// With the same address again: the one that is there, unchanged.
  Task<FoundOrMade> find_or_make(NewUser wanted);
  /// The row of whoever calls, made on first sight.
  Task<User> of_principal(identity::Principal principal);
  /// From now on lists have platforms that old clients do not know.
  Task<Unit> widen(std::int64_t tenant_id, std::int64_t user_id);
  /// Error of those that look for one: not_found.
  Task<User> by_email(std::int64_t tenant_id, std::string email);
  Task<UserWithTokens> with_tokens(std::int64_t tenant_id, std::int64_t id);
  Task<std::vector<User>> list(std::int64_t tenant_id, std::int64_t skip, std::int64_t limit);
  Task<User> change(std::int64_t tenant_id, std::int64_t id, UserChange change);

  /// Errors: not_found; limit_exceeded (as many as one may have).
  Task<MadeToken> make_token(std::int64_t tenant_id, std::int64_t user_id, NewToken wanted);
  /// Error: not_found.
  Task<Unit> delete_token(std::int64_t tenant_id, std::int64_t id);
  /// Nothing: nobody has it, or its time is over. Its use is noted, at most once a minute.
  Task<std::optional<Token>> find_token(std::string text);

 private:
  store::Database& db_;
  net::route::CredentialGuard& guard_;
  const base::Clock& clock_;
};

/// As it is stored and guarded.
using identity::hash_of_token;

}  // namespace troupe::meetings::vexa
