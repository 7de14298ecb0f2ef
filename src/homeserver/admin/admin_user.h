// The account that a request of the admin API is about.
#pragma once
#include <string>

#include "base/task.h"
#include "homeserver/accounts/account_service.h"
#include "net/route/router.h"

namespace troupe::homeserver::admin {

/// What Synapse refuses without a code of its own: 400 M_UNKNOWN.
Error refused(std::string message);

/// A user id of this server; the second: the one in the path. Errors: invalid_param (no user id), 400 M_UNKNOWN
/// (another server's).
Result<std::string> local_user(const accounts::AccountService& accounts, std::string user_id);
Result<std::string> local_user(const accounts::AccountService& accounts, const net::route::Call& call);
/// The account with it. Errors: those of local_user(), not_found.
Task<matrix::Account> account_of(accounts::AccountService& accounts, std::string user_id);
Task<matrix::Account> account_in_path(accounts::AccountService& accounts, const net::route::Call& call);

}  // namespace troupe::homeserver::admin
