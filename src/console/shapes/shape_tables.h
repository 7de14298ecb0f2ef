// Shapes of the console that are tables: schema, writer and reader in one (api/shape.h).
#pragma once
#include "api/shape.h"
#include "identity/tenants.h"
#include "identity/types.h"

namespace troupe::api {

template <>
struct Words<net::Role> {
  static constexpr std::string_view name = "Role";
  static constexpr std::pair<net::Role, std::string_view> rows[] = {
      {net::Role::member, "member"}, {net::Role::operator_, "operator"}, {net::Role::admin, "admin"}};
};

template <>
const Shape<identity::Tenant>& shape_of<identity::Tenant>();
template <>
const Shape<identity::ApiKey>& shape_of<identity::ApiKey>();

}  // namespace troupe::api
