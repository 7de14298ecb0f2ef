// Signing in and out: login, refresh, logout.
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/credentials.h"
#include "homeserver/client_route.h"
#include "matrix/ids.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMaxTokenBytes = 512;

Task<net::Response> get_login(net::Call&) {
  co_return json_response({{"flows", JsonArray{JsonObject{{"type", "m.login.password"}}}}});
}

/// The name to check the password of. Error: forbidden for identifiers that no account here has (e-mail, phone).
Result<std::string> user_of(const JsonObject& body) {
  const auto* given = matrix::find(body, "identifier");
  if (!given || given->is_null()) return net::required_string(body, "user", matrix::kMaxIdBytes);
  const auto* identifier = given->if_object();
  if (!identifier) return Error(Errc::bad_json, "identifier must be an object.");
  TRY(auto type, net::required_string(*identifier, "type", matrix::kMaxIdBytes));
  if (type == "m.id.user") return net::required_string(*identifier, "user", matrix::kMaxIdBytes);
  if (type == "m.id.thirdparty" || type == "m.id.phone") {
    return Error(Errc::forbidden,
                 "Sign in with your user name: e-mail addresses and phone numbers are not known here.");
  }
  return Error(Errc::invalid_param, "This type of identifier is not known: use m.id.user.");
}

Task<net::Response> post_login(AccountServices services, net::Call& call) {
  const auto& body = net::body_object(call);
  CO_TRY(auto type, net::required_string(body, "type", matrix::kMaxIdBytes));
  if (type != "m.login.password") {
    co_return Error(Errc::invalid_param, "This server offers m.login.password only.").with_wire_code("M_UNKNOWN");
  }
  CO_TRY(auto user, user_of(body));
  CO_TRY(auto password, net::required_string(body, "password", PasswordPool::kMaxPasswordBytes));
  CO_TRY(auto wanted, read_device_wishes(body));
  CO_TRY(auto account,
         co_await services.accounts.check_password(std::move(user), std::move(password), call.request.remote_address));
  SignIn request{.user_id = account.user_id,
                 .device_id = std::move(wanted.device_id),
                 .display_name = std::move(wanted.display_name),
                 .with_refresh_token = wanted.refresh_token,
                 .remote_address = call.request.remote_address};
  CO_TRY(auto made, co_await services.devices.sign_in(std::move(request)));
  co_return json_response(credentials_json(made, services.settings));
}

Task<net::Response> post_refresh(AccountServices services, net::Call& call) {
  CO_TRY(auto token, net::required_string(net::body_object(call), "refresh_token", kMaxTokenBytes));
  CO_TRY(auto made, co_await services.devices.refresh(std::move(token)));
  JsonObject answer{{"access_token", made.access_token}};
  if (made.refresh_token) answer["refresh_token"] = *made.refresh_token;
  if (made.expires_in_ms) answer["expires_in_ms"] = *made.expires_in_ms;
  co_return json_response(answer);
}

Task<net::Response> post_logout(AccountServices services, net::Call& call) {
  CO_TRY(co_await services.devices.sign_out(session_of(call)));
  co_return json_response({});
}

Task<net::Response> post_logout_all(AccountServices services, net::Call& call) {
  CO_TRY(co_await services.devices.sign_out_everywhere(call.caller->user_id));
  co_return json_response({});
}

}  // namespace

void add_login_routes(net::Router& router, AccountServices services) {
  auto flows = matrix_route("GET", "/login", get_login);
  flows.needs = net::Access::open;
  add_client_route(router, std::move(flows));

  auto login = matrix_route("POST", "/login", [services](net::Call& call) { return post_login(services, call); });
  login.needs = net::Access::open;
  login.rate = net::Rate::login;
  login.body = net::Body::json_required;
  login.max_body_bytes = 16 * 1024;
  add_client_route(router, std::move(login));

  auto refresh = matrix_route("POST", "/refresh", [services](net::Call& call) { return post_refresh(services, call); });
  refresh.needs = net::Access::open;
  refresh.rate = net::Rate::login;
  refresh.body = net::Body::json_required;
  refresh.max_body_bytes = 16 * 1024;
  add_client_route(router, refresh);
  refresh.path = "/_matrix/client/v1/refresh";
  router.add(std::move(refresh));

  auto logout = matrix_route("POST", "/logout", [services](net::Call& call) { return post_logout(services, call); });
  logout.rate = net::Rate::write;
  logout.body = net::Body::none;
  add_client_route(router, logout);
  logout.path = "/logout/all";
  logout.run = [services](net::Call& call) { return post_logout_all(services, call); };
  add_client_route(router, std::move(logout));
}

}  // namespace troupe::homeserver
