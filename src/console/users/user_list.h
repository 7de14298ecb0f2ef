// Accounts as the console lists them: the homeserver's accounts with the roles and tenants that identity knows.
#pragma once
#include "console/reach.h"

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

struct UserPage {
  std::vector<UserEntry> items;
  std::int64_t total = 0;
};

/// Roles and tenants are identity's knowledge: filtered by them, the list is gathered from whole pages of
/// the homeserver, at most 100,000 accounts of it (unavailable when there are more).
Task<UserPage> list_users(const People& people, UserQuery query);

}  // namespace troupe::console
