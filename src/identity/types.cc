#include "identity/types.h"

namespace troupe::identity {

std::string_view to_string(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::person:
      return "person";
    case PrincipalKind::bot:
      return "bot";
    case PrincipalKind::service:
      return "service";
  }
  return "person";
}

std::string_view to_string(net::route::Role role) {
  switch (role) {
    case net::route::Role::member:
      return "member";
    case net::route::Role::operator_:
      return "operator";
    case net::route::Role::admin:
      return "admin";
  }
  return "member";
}

std::optional<PrincipalKind> parse_kind(std::string_view text) {
  for (auto kind : {PrincipalKind::person, PrincipalKind::bot, PrincipalKind::service}) {
    if (text == to_string(kind)) return kind;
  }
  return std::nullopt;
}

std::optional<net::route::Role> parse_role(std::string_view text) {
  for (auto role : {net::route::Role::member, net::route::Role::operator_, net::route::Role::admin}) {
    if (text == to_string(role)) return role;
  }
  return std::nullopt;
}

}  // namespace troupe::identity
