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
  std::optional<bool> has_password = {};
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

Shape<console::session::NewSession> make_shape(Of<console::session::NewSession>);
Shape<console::session::Me> make_shape(Of<console::session::Me>);
Shape<identity::ProviderName> make_shape(Of<identity::ProviderName>);
Shape<identity::ApiKey> make_shape(Of<identity::ApiKey>);
Shape<console::session::NewKeyBody> make_shape(Of<console::session::NewKeyBody>);
Shape<identity::MadeApiKey> make_shape(Of<identity::MadeApiKey>);

}  // namespace troupe::api
