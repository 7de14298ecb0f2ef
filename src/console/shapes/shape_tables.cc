#include "console/shapes/shape_tables.h"

namespace troupe::api {

using identity::ApiKey;
using identity::Tenant;

template <>
const Shape<Tenant>& shape_of<Tenant>() {
  static const auto shape = Shape<Tenant>::answer(
      "Tenant", {member<&Tenant::id>("id"), member<&Tenant::name>("name"),
                 member<&Tenant::principals>("users", {.description = "Principals that belong to it."}),
                 time<&Tenant::created_ms>("created_at")});
  return shape;
}

template <>
const Shape<ApiKey>& shape_of<ApiKey>() {
  static const auto shape = Shape<ApiKey>::answer(
      "ApiKey", {member<&ApiKey::id>("id"), member<&ApiKey::name>("name"), member<&ApiKey::prefix>("prefix"),
                 member<&ApiKey::role>("role"),
                 member<&ApiKey::scopes>("scopes", {.description = "Empty: everything its role may."}),
                 member<&ApiKey::owner>("owner"), time<&ApiKey::created_ms>("created_at"),
                 time<&ApiKey::last_used_ms>("last_used_at"), time<&ApiKey::expires_ms>("expires_at")});
  return shape;
}

}  // namespace troupe::api
