#include "homeserver/console_routes/server_group.h"

#include "identity/authenticator.h"

namespace troupe::homeserver::console_routes {
namespace {

constexpr net::route::Tag kTag{
    "homeserver",
    "The homeserver itself: all rooms, files, reports and registration tokens. For "
    "administrators of the default tenant. Not there when the homeserver is another program."};

api::Shared shared(std::string_view rest) {
  std::string prefix = "/api/v1/homeserver";
  prefix += rest;
  return {.prefix = std::move(prefix), .needs = net::route::Access::admin, .scope = "admin", .tag = kTag};
}

Task<net::http::Response> refuse() {
  co_return Error(Errc::forbidden, "Only administrators of the default tenant may see and change this.");
}

}  // namespace

ServerGroup::ServerGroup(net::route::Router& routes, std::string_view rest) : group_(routes, shared(rest)) {}

void ServerGroup::add(api::Operation row) const {
  api::Operation guarded = std::move(row);
  guarded.run = [run = std::move(guarded.run)](net::route::Call& call) {
    return identity::is_server_admin(*call.caller) ? run(call) : refuse();
  };
  group_.add(std::move(guarded));
}

std::string caller_name(const net::route::Call& call) {
  return identity::credential_of(*call.caller).principal.label();
}

}  // namespace troupe::homeserver::console_routes
