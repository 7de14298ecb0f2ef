// Accounts as the console knows them: the homeserver's accounts with the roles and tenants that identity knows.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/types.h"
#include "matrix/accounts.h"

namespace troupe::console::people {

struct UserEntry {
  matrix::Account account;
  identity::Principal principal;
  /// How the person comes in; of one account that is looked at, not of lists.
  std::optional<bool> has_password = {};
  std::vector<matrix::LinkedIdentity> identities = {};
};

struct UserQuery {
  matrix::AccountQuery accounts;  ///< search, kind, flags, order, from, limit
  std::optional<net::route::Role> role;
};

struct UserPage {
  std::vector<UserEntry> items;
  std::int64_t total = 0;
};

/// "@anna:localhost" for "anna", "@anna" and itself.
std::string full_user_id(std::string_view user, std::string_view server_name);
/// "anna" of "@anna:localhost"; what is no user id stays as it is.
std::string_view username(std::string_view user_id);

}  // namespace troupe::console::people
