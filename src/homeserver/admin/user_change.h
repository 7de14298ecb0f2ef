// What PUT /_synapse/admin/v2/users makes of an account: a new one, or another one of the one that is there.
#pragma once
#include <string>

#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/profile_service.h"
#include "homeserver/admin/user_shapes.h"
#include "identity/principals.h"

namespace troupe::homeserver::admin {

/// Who wants what of whom.
struct UserChange {
  std::string by;         ///< the administrator
  std::string by_device;  ///< stays signed in when they change their own password
  std::string user_id;    ///< of this server
  UserBody body;
  bool clears_type = false;  ///< `user_type` is null
};

/// One per server; callable from any thread.
class UserChanges {
 public:
  /// All must outlive this; without a platform `principals` is null, and there is one tenant.
  UserChanges(accounts::AccountService& accounts, accounts::ProfileService& profiles, identity::Principals* principals,
              const base::Clock& clock)
      : accounts_(accounts), profiles_(profiles), principals_(principals), clock_(clock) {}

  /// Everything that can be refused is refused before anything is changed, but for what the services refuse. True: it
  /// was made. Errors: invalid_param (what contradicts itself; oneself as no administrator; an account that is
  /// reactivated without password), forbidden (an administrator of another tenant), conflict (an external id that is
  /// another's; the last administrator), those of the services.
  Task<bool> put(UserChange change);
  /// Errors: invalid_param (oneself), forbidden (another tenant's), conflict (the last one), not_found.
  Task<Unit> set_admin(std::string by, std::string user_id, bool admin);

 private:
  Task<Unit> check_admin(std::string by, std::string user_id, bool admin);
  Task<Unit> create(UserChange change);
  Task<Unit> modify(UserChange change, matrix::Account account);
  Task<Unit> modify_names(const UserChange& change);
  Task<Unit> modify_access(const UserChange& change, const matrix::Account& account);
  accounts::AccountService& accounts_;
  accounts::ProfileService& profiles_;
  identity::Principals* principals_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::admin
