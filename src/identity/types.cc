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

std::string_view to_string(net::Role role) {
  switch (role) {
    case net::Role::member:
      return "member";
    case net::Role::operator_:
      return "operator";
    case net::Role::admin:
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

std::optional<net::Role> parse_role(std::string_view text) {
  for (auto role : {net::Role::member, net::Role::operator_, net::Role::admin}) {
    if (text == to_string(role)) return role;
  }
  return std::nullopt;
}

}  // namespace troupe::identity
