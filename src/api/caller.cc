#include "api/caller.h"

#include <algorithm>

#include "identity/authenticator.h"

namespace troupe::api {

std::int64_t tenant(const net::route::Call& call) {
  return call.caller ? call.caller->tenant_id : identity::kDefaultTenant;
}

std::optional<std::int64_t> visible_tenant(const net::route::Call& call) {
  if (identity::is_server_admin(*call.caller)) return std::nullopt;
  return tenant(call);
}

bool is_limited(const net::route::Call& call) {
  return !call.caller->scopes.empty() &&
         identity::credential_of(*call.caller).kind != identity::Credential::Kind::local;
}

bool has_scope(const net::route::Call& call, std::string_view scope) {
  return !is_limited(call) || std::ranges::find(call.caller->scopes, scope) != call.caller->scopes.end();
}

}  // namespace troupe::api
