// Principals: who acts, with which role. Passwords are not here: the homeserver checks them.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/task.h"
#include "identity/types.h"
#include "matrix/homeserver.h"
#include "store/database.h"

namespace troupe::identity {

/// One per program; callable from any thread.
class Principals {
 public:
  Principals(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  /// The principal of a Matrix account, made on first sight. The homeserver's admin flag is the role admin: the role is
  /// raised and lowered with it. A deactivated or locked account's principal is disabled.
  Task<Principal> for_account(matrix::Account account);
  /// The same for many at once, by user id; one write at most.
  Task<std::map<std::string, Principal>> for_accounts(std::vector<matrix::Account> accounts);

  /// Error: not_found.
  Task<Principal> by_user(std::string user_id);
  /// The user ids of those with this role.
  Task<std::vector<std::string>> with_role(std::int64_t tenant_id, net::Role role);
  /// Role admin is granted by the homeserver's flag: set both. Error: not_found.
  Task<Principal> set_role(std::string user_id, net::Role role);
  /// Ends all sessions and keys of the account's principal and refuses new ones. Error: not_found.
  Task<Unit> disable(std::string user_id);

  /// A principal for something that is not an account (the command line, a key from the environment), made when
  /// missing. Blocks: for start-up.
  Result<Principal> service_now(std::string_view name, net::Role role);

 private:
  Result<Principal> for_account_once(store::Tx& tx, const matrix::Account& account);
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::identity
