// What the handlers of the Matrix listener share: declaring a route, reading body members with limits, answering JSON.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "host/listeners.h"
#include "matrix/json.h"
#include "net/route/router.h"

namespace troupe::homeserver {

/// A route of the Matrix listener with its error dialect; fill in the rest.
inline net::Route matrix_route(std::string method, std::string path, net::Handler run) {
  net::Route route;
  route.method = std::move(method);
  route.path = std::move(path);
  route.listener = host::kMatrixListener;
  route.dialect = net::Dialect::matrix;
  route.run = std::move(run);
  return route;
}

/// Adds the route under /_matrix/client/v3; the listener serves the older prefixes from it. `route.path` starts after
/// the prefix.
void add_client_route(net::Router& router, net::Route route);

net::Response json_response(const matrix::JsonObject& body, int status = 200);
/// The parsed body, or an empty object when the request had none.
const matrix::JsonObject& body_object(const net::Call& call);

// Members of a body. Lengths are in bytes. Errors: missing_param, bad_json (another type), invalid_param (too long, or
// a NUL inside, which no member that is stored may have).
Result<std::string> required_string(const matrix::JsonObject& body, std::string_view key, std::size_t max_bytes);
Result<std::optional<std::string>> optional_string(const matrix::JsonObject& body, std::string_view key,
                                                   std::size_t max_bytes);
Result<bool> optional_bool(const matrix::JsonObject& body, std::string_view key, bool when_absent);
Result<std::optional<std::int64_t>> optional_integer(const matrix::JsonObject& body, std::string_view key);

/// Error forbidden unless the caller is this user.
Result<Unit> require_self(const net::Call& call, std::string_view user_id);

}  // namespace troupe::homeserver
