// Shapes of /api/v1/session and /api/v1/keys (api/shape.h).
#pragma once
#include "api/shape.h"
#include "console/shapes/words.h"
#include "identity/api_keys.h"
#include "identity/sign_in_elsewhere.h"

namespace troupe::console::session {

struct NewSession {
  std::string user;
  std::string password;
};
/// Who a credential stands for.
struct Me {
  identity::Principal principal;
  std::string display_name;
  net::route::Role role = net::route::Role::member;
  std::string_view by;
  std::vector<std::string> scopes;
  std::optional<base::UnixMs> expires_ms;
};
struct NewKeyBody {
  std::string name;
  std::optional<net::route::Role> role;
  std::vector<std::string> scopes;
  std::optional<std::int64_t> expires_in_days;
};

void add_session_shapes(const api::Kit& kit);

}  // namespace troupe::console::session

namespace troupe::api {

template <>
const Shape<console::session::NewSession>& shape_of();
template <>
const Shape<console::session::Me>& shape_of();
template <>
const Shape<identity::ProviderName>& shape_of();
template <>
const Shape<identity::ApiKey>& shape_of();
template <>
const Shape<console::session::NewKeyBody>& shape_of();
template <>
const Shape<identity::MadeApiKey>& shape_of();

}  // namespace troupe::api
