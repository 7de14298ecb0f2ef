// Accounts as the console lists them: the homeserver's accounts with the roles and tenants that identity knows.
#pragma once
#include "console/api.h"
#include "console/shapes/schema.h"

namespace troupe::console {

struct UserQuery {
  matrix::AccountQuery accounts;  ///< search, kind, flags, order, from, limit
  std::optional<net::Role> role;
  std::optional<std::int64_t> tenant_id;  ///< none: of all tenants
};
/// From ?search=&kind=&role=&state=&sort=&from=&limit=. Error: invalid_param.
Result<UserQuery> user_query(const net::Request& request);
/// The same as OpenAPI has it; without from and limit.
std::vector<net::QueryParam> user_query_params();

struct UserEntry {
  matrix::Account account;
  identity::Principal principal;
};
struct UserPage {
  std::vector<UserEntry> items;
  std::int64_t total = 0;
};

/// Roles below admin and tenants are identity's knowledge: filtered by them, the list is gathered from whole pages of
/// the homeserver, at most 100,000 accounts of it (unavailable when there are more).
Task<UserPage> list_users(Api& api, UserQuery query);

/// The tenant whose people the caller may see: administrators of the default tenant see everybody.
std::optional<std::int64_t> visible_tenant(const net::Call& call);

/// The account with its principal, if the caller may see it. Error: not_found.
Task<UserEntry> find_user(Api& api, const net::Call& call, std::string user_id);

/// The principal of an account that the caller has just made: it belongs to the caller's tenant.
Task<identity::Principal> adopt(Api& api, const net::Call& call, matrix::Account account);

}  // namespace troupe::console
