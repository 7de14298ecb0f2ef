// Words that shapes of several folders have (api/shape.h). The shapes themselves stand beside their routes.
#pragma once
#include "api/shape.h"
#include "identity/types.h"

namespace troupe::api {

template <>
struct Words<net::route::Role> {
  static constexpr std::string_view name = "Role";
  static constexpr net::route::Role values[] = {net::route::Role::member, net::route::Role::operator_,
                                                net::route::Role::admin};
  static std::string_view word(net::route::Role role) { return identity::to_string(role); }
};
template <>
struct Words<identity::PrincipalKind> {
  using Kind = identity::PrincipalKind;
  static constexpr std::string_view name = {};
  static constexpr Kind values[] = {Kind::person, Kind::bot, Kind::service};
  static std::string_view word(Kind kind) { return identity::to_string(kind); }
};

}  // namespace troupe::api
