// Who calls, and what that credential may reach.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/route/router.h"

namespace troupe::api {

/// The caller's tenant; of a route that is open to everybody the default one.
std::int64_t tenant(const net::route::Call& call);
/// The tenant whose people and rooms the caller may see; nothing for administrators of the default tenant, who see all.
std::optional<std::int64_t> visible_tenant(const net::route::Call& call);
/// Whether the caller is a key that may do less than its role, because it is limited to scopes.
bool is_limited(const net::route::Call& call);
/// Whether the caller has this scope or is not limited to scopes.
bool has_scope(const net::route::Call& call, std::string_view scope);

}  // namespace troupe::api
