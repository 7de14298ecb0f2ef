// The scheme `service_token`: the token of an application service on the routes where it makes its users and signs them
// in. Whoever has no such token is nobody here, whatever else they carry.
#pragma once
#include "homeserver/accounts/session.h"
#include "homeserver/common/client_route.h"

namespace troupe::homeserver::accounts {

inline constexpr std::string_view kServiceScheme = "service_token";

/// One per server. The caller is the service itself, whomever the request names, and is not slowed down: a bridge makes
/// many users at its first start, and all from one address.
class ServiceScheme final : public net::route::Scheme {
 public:
  explicit ServiceScheme(const appservice::Services& services) : services_(services) {}
  Task<std::optional<net::route::Caller>> admit(const net::http::Request& head) override {
    const auto service = service_by_token(&services_, head);
    if (!service) co_return std::optional<net::route::Caller>();
    net::route::Caller caller;
    caller.kind = net::route::CallerKind::service;
    caller.user_id = (*service)->sender();
    caller.scopes.emplace_back("unlimited");
    co_return std::optional(std::move(caller));
  }

 private:
  const appservice::Services& services_;
};

/// Open routes on which application services are known by their token, where there are any.
inline api::Group group_with_services(net::route::Router& router, std::string prefix,
                                      const appservice::Services* services) {
  const bool any = services && !services->empty();
  return matrix_group(router, {.prefix = std::move(prefix),
                               .needs = any ? net::route::Access::optional : net::route::Access::open,
                               .scheme = any ? std::string(kServiceScheme) : std::string()});
}

}  // namespace troupe::homeserver::accounts
