// Principals: who acts, with which role. Passwords are not here: the homeserver checks them.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/task.h"
#include "identity/types.h"
#include "matrix/accounts.h"
#include "store/database.h"

namespace troupe::identity {

/// One per program; callable from any thread.
class Principals {
 public:
  Principals(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  /// The principal of a Matrix account, made on first sight, then in the tenant `first_tenant`. In the default tenant
  /// the homeserver's admin flag is the role admin, which is raised and lowered with it; in other tenants a flag means
  /// nothing and the role is what set_role() said. A deactivated or locked account's principal is disabled, a
  /// suspended one's is suspended.
  Task<Principal> for_account(matrix::Account account, std::int64_t first_tenant = kDefaultTenant);
  /// The same for many at once, by user id; one write at most.
  Task<std::map<std::string, Principal>> for_accounts(std::vector<matrix::Account> accounts);
  /// The same inside the transaction that changes the account (locks, closes, …), so that its console sessions end with
  /// it; an account that was never seen here is passed over. Ring bus::Topic::users after the commit: open streams look
  /// then whether they may go on. `now` was read before the transaction.
  void follow(store::Tx& tx, const matrix::Account& account, base::UnixMs now);

  /// Error: not_found.
  Task<Principal> by_user(std::string user_id);
  /// Services, too. Error: not_found (also in another tenant).
  Task<Principal> by_id(std::int64_t tenant_id, std::int64_t id);
  /// The tenant of an account; of one that was never seen here the default one.
  Task<std::int64_t> tenant_of(std::string user_id);
  /// Whether one of these accounts is known to belong to the tenant.
  Task<bool> any_in_tenant(std::int64_t tenant_id, std::vector<std::string> user_ids);
  /// The first user ids of a tenant, in their order. Not for the default tenant: it has those, too, whom nobody has
  /// seen.
  Task<std::vector<std::string>> in_tenant(std::int64_t tenant_id, std::int64_t limit);
  /// The user ids of those with this role.
  Task<std::vector<std::string>> with_role(std::int64_t tenant_id, net::route::Role role);
  /// In the default tenant the role admin is granted by the homeserver's flag: set both. Error: not_found.
  Task<Principal> set_role(std::string user_id, net::route::Role role);
  /// Ends all sessions and keys of the account's principal and refuses new ones. Error: not_found.
  Task<Unit> disable(std::string user_id);

  /// A principal for something that is not an account (the command line, a key from the environment), made when
  /// missing. Blocks: for start-up.
  Result<Principal> service_now(std::string_view name, net::route::Role role);

 private:
  Task<std::map<std::string, Principal>> known_or_made(std::vector<matrix::Account> accounts,
                                                       std::int64_t first_tenant);
  Result<Principal> for_account_once(store::Tx& tx, const matrix::Account& account, std::int64_t first_tenant,
                                     base::UnixMs now);
  void bring_up_to_date(store::Tx& tx, Principal& principal, const matrix::Account& account, base::UnixMs now);
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::identity
