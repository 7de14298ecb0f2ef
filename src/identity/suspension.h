// What a suspended account may still do on the platform listener: read, and look after its own way in.
#pragma once
#include <string_view>

#include "net/route/router.h"

namespace troupe::identity {

/// Whether a suspended account with this role may make this request; `path` as on the wire, without the query. What
/// only reads it may; beyond that it signs out, ends sessions, revokes keys and changes its password, unless its role
/// lets it do so to others. homeserver/accounts/suspension.h is the same for the Matrix listener.
bool suspended_may(std::string_view method, std::string_view path, net::route::Role role);

}  // namespace troupe::identity
