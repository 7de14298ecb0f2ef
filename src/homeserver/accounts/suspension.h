// What a suspended account may still do: a view of everything, a way out, and care of its own devices and settings
// (Client-Server API #account-suspension).
#pragma once
#include <string_view>

namespace troupe::homeserver::accounts {

/// Whether a suspended account may make this request; `path` as on the wire, without the query. What only reads it may;
/// of the rest, what is listed here and nothing that comes later. It may redact, but its own events only: the handler
/// sees to that. Server administrators keep their routes, so that they can help themselves.
bool suspended_may(std::string_view method, std::string_view path);

}  // namespace troupe::homeserver::accounts
