#include "homeserver/client_route.h"

namespace troupe::homeserver {

void add_client_route(net::Router& router, net::Route route) {
  route.path.insert(0, "/_matrix/client/v3");
  router.add(std::move(route));
}

net::Response json_response(const matrix::JsonObject& body, int status) {
  return net::Response::json(boost::json::serialize(body), status);
}

Result<Unit> require_self(const net::Call& call, std::string_view user_id) {
  if (call.caller && call.caller->user_id == user_id) return Unit{};
  return Error(Errc::forbidden, "You may do this only for your own account.");
}

}  // namespace troupe::homeserver
