// How a list of accounts is asked for.
#pragma once
#include <vector>

#include "console/people/user_entry.h"

namespace troupe::console::users {

/// From ?search=&kind=&role=&state=&sort=&from=&limit=. Error: invalid_param.
Result<people::UserQuery> user_query(const net::http::Request& request);
/// The same as OpenAPI has it; without from and limit.
std::vector<net::route::QueryParam> user_query_params();

}  // namespace troupe::console::users
