// One's own account: who am I, password, the end of it, third-party ids, OpenID.
#include "homeserver/accounts/account_routes.h"

#include "base/crypto.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/tokens.h"
#include "homeserver/client_route.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::chrono::seconds kOpenIdLife{3600};

Task<net::Response> get_whoami(net::Call& call) {
  JsonObject answer{{"user_id", call.caller->user_id}, {"is_guest", false}};
  if (!call.caller->device_id.empty()) answer["device_id"] = call.caller->device_id;
  co_return json_response(answer);
}

UiaRequest by_password(const net::Call& call, std::string operation) {
  return {.operation = std::move(operation) + ' ' + call.caller->user_id,
          .user_id = call.caller->user_id,
          .address = call.request.remote_address,
          .flows = {{std::string(kStagePassword)}}};
}

Task<net::Response> post_password(AccountServices services, net::Call& call) {
  const auto& body = net::body_object(call);
  CO_TRY(auto password, net::optional_string(body, "new_password", PasswordPool::kMaxPasswordBytes));
  CO_TRY(const bool logout_devices, net::optional_bool(body, "logout_devices", true));
  CO_TRY(auto outcome, co_await services.uia.check(by_password(call, "password"), body));
  if (outcome.ask) co_return *std::move(outcome.ask);
  if (!password) co_return Error(Errc::missing_param, "new_password is missing.");
  CO_TRY(co_await services.accounts.set_password(call.caller->user_id, *std::move(password), logout_devices,
                                                 call.caller->device_id));
  co_return json_response({});
}

Task<net::Response> post_deactivate(AccountServices services, net::Call& call) {
  const auto& body = net::body_object(call);
  CO_TRY(const bool erase, net::optional_bool(body, "erase", false));
  CO_TRY(auto outcome, co_await services.uia.check(by_password(call, "deactivate"), body));
  if (outcome.ask) co_return *std::move(outcome.ask);
  CO_TRY(co_await services.accounts.deactivate(call.caller->user_id, erase));
  co_return json_response({{"id_server_unbind_result", "no-support"}});
}

/// No third-party id can be bound here, so the list is always empty.
Task<net::Response> get_third_party_ids(net::Call&) { co_return json_response({{"threepids", JsonArray()}}); }

Task<net::Response> post_openid_token(AccountServices services, net::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  const auto token = base::random_token(kOpenIdTokenPrefix);
  const auto now = services.clock.unix_ms();
  const auto expires_ms = now + std::chrono::milliseconds(kOpenIdLife).count();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    account_store::delete_expired_openid_tokens(tx, now);
    account_store::insert_openid_token(tx, token_hash(token), call.caller->user_id, expires_ms);
    return Unit{};
  };
  CO_TRY(co_await services.db.write(write, {.lane = store::Lane::bulk}));
  co_return json_response({{"access_token", token},
                           {"token_type", "Bearer"},
                           {"matrix_server_name", services.settings.server_name},
                           {"expires_in", kOpenIdLife.count()}});
}

/// GET /_matrix/federation/v1/openid/userinfo: call services ask it, so it is answered with federation off as well.
Task<net::Response> get_openid_userinfo(AccountServices services, net::Call& call) {
  const auto token = call.request.query_value("access_token");
  if (!token) co_return Error(Errc::missing_token, "access_token is missing.");
  std::optional<std::string> user;
  if (looks_like_token(*token, kOpenIdTokenPrefix)) {
    const auto now = services.clock.unix_ms();
    auto look = [hash = token_hash(*token), now](store::Connection& connection) -> Result<std::optional<std::string>> {
      return account_store::find_openid_user(connection, hash, now);
    };
    CO_TRY(user, co_await services.db.read(look));
  }
  if (!user) co_return Error(Errc::unknown_token, "The OpenID token is not known or has expired.");
  co_return json_response({{"sub", *user}});
}

}  // namespace

void add_account_routes(net::Router& router, AccountServices services) {
  add_client_route(router, matrix_route("GET", "/account/whoami", get_whoami));
  add_client_route(router, matrix_route("GET", "/account/3pid", get_third_party_ids));

  auto password =
      matrix_route("POST", "/account/password", [services](net::Call& call) { return post_password(services, call); });
  password.rate = net::Rate::login;
  password.body = net::Body::json_object;
  password.max_body_bytes = 16 * 1024;
  add_client_route(router, std::move(password));

  auto deactivate = matrix_route("POST", "/account/deactivate",
                                 [services](net::Call& call) { return post_deactivate(services, call); });
  deactivate.rate = net::Rate::login;
  deactivate.body = net::Body::json_object;
  deactivate.max_body_bytes = 16 * 1024;
  deactivate.deadline = std::chrono::minutes(2);  // leaves every room
  add_client_route(router, std::move(deactivate));

  auto openid = matrix_route("POST", "/user/{user_id}/openid/request_token",
                             [services](net::Call& call) { return post_openid_token(services, call); });
  openid.rate = net::Rate::write;
  openid.body = net::Body::none;
  add_client_route(router, std::move(openid));

  auto userinfo = matrix_route("GET", "/_matrix/federation/v1/openid/userinfo",
                               [services](net::Call& call) { return get_openid_userinfo(services, call); });
  userinfo.needs = net::Access::open;
  router.add(std::move(userinfo));
}

}  // namespace troupe::homeserver
