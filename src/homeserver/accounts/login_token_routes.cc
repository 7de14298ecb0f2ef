// A token with which a signed-in device lets another one in.
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/common/client_route.h"

namespace troupe::homeserver::accounts {
namespace {

/// POST /login/get_token (#post_matrixclientv1loginget_token). A proof is good for one token, so that each new device
/// is agreed to by itself.
Task<net::http::Response> post_get_token(LoginTokenApi& api, net::route::Call& call) {
  if (api.tokens.life().count() == 0) {
    co_return Error(Errc::unrecognized, "This server gives out no login tokens.");
  }
  UiaRequest proof{.operation = "login token of " + call.caller->user_id,
                   .user_id = call.caller->user_id,
                   .address = call.request.remote_address,
                   .flows = {{std::string(kStagePassword)}}};
  CO_TRY(auto outcome, co_await api.uia.check(std::move(proof), net::route::body_object(call)));
  if (outcome.ask) co_return *std::move(outcome.ask);
  CO_TRY(auto token, co_await api.tokens.issue(call.caller->user_id, call.caller->device_id));
  const std::chrono::milliseconds life = api.tokens.life();
  co_return api::answer(LoginToken{.login_token = std::move(token), .expires_in_ms = life.count()});
}

}  // namespace

void add_login_token_routes(net::route::Router& router, LoginTokenApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV1), .needs = net::route::Access::user});
  group.add({.method = "POST",
             .path = "/login/get_token",
             .rate = net::route::Rate::login,
             .takes = net::route::Body::json_object,
             .max_body_bytes = 16UL * 1024,
             .reply = api::schema_text<LoginToken>(),
             .run = api::bind(post_get_token, api)});
}

}  // namespace troupe::homeserver::accounts
