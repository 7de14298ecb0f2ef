// May this caller do this? Roles, scopes, the cookie rule, and what is open to this machine.
#pragma once
#include <optional>
#include <string_view>

#include "net/route/router.h"

namespace troupe::net::route {

/// A caller with this scope is not slowed down. It says nothing about what the caller may do.
inline constexpr std::string_view kUnlimitedScope = "unlimited";

bool has_scope(const Caller& caller, std::string_view scope);

/// Errors: missing_token (nobody), forbidden.
Result<Unit> check_permission(const Route& route, const http::Request& request, const std::optional<Caller>& caller);

/// Says once in the log that requests come through a proxy on this machine which the settings do not name.
void warn_of_unnamed_proxy(const http::Request& request);

}  // namespace troupe::net::route
