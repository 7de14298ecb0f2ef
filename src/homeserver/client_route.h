// What the handlers of the Matrix listener share: declaring a route, answering JSON.
#pragma once
#include <string>
#include <string_view>

#include "host/listeners.h"
#include "matrix/json.h"
#include "net/route/params.h"
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
/// Error forbidden unless the caller is this user.
Result<Unit> require_self(const net::Call& call, std::string_view user_id);

}  // namespace troupe::homeserver
