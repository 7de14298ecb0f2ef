// One's own account: who am I, password, the end of it, OpenID.
#include "homeserver/accounts/account_routes.h"

#include "homeserver/accounts/account_shapes.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::accounts {
namespace {

Task<net::http::Response> get_whoami(net::route::Call& call) {
  co_return api::answer(
      Whoami{.user_id = call.caller->user_id, .device_id = call.caller->device_id, .is_guest = session_of(call).guest});
}

UiaRequest by_password(const net::route::Call& call, std::string operation) {
  return {.operation = std::move(operation) + ' ' + call.caller->user_id,
          .user_id = call.caller->user_id,
          .address = call.request.remote_address,
          .flows = {{std::string(kStagePassword)}}};
}

Error no_owner() {
  return Error(Errc::forbidden, "No account has this e-mail address any more.")
      .with_wire_code("M_THREEPID_AUTH_FAILED");
}

/// Whoever signs in through a provider alone stays under its rule: no password outlives what it has ended.
Task<Unit> check_may_have_password(AccountApi& api, std::string user_id) {
  if (api.settings.of<SsoSettings>().allow_passwords) co_return Unit{};
  CO_TRY(const auto ways, co_await api.accounts.ways_to_prove(std::move(user_id)));
  if (ways.password || ways.providers.empty()) co_return Unit{};
  co_return Error(Errc::forbidden, "You sign in to this account through your provider: it has no password here.");
}

/// Without a token: who reads the account's e-mail address sets a new password.
Task<net::http::Response> reset_password(AccountApi& api, net::route::Call& call, NewPasswordBody wanted) {
  UiaRequest asked{.operation = "password by mail",
                   .user_id = {},
                   .address = call.request.remote_address,
                   .flows = {{std::string(kStageMail)}},
                   .mail_purpose = mail::Purpose::reset};
  if (wanted.new_password) {
    CO_TRY(api.accounts.check_password_rule(*wanted.new_password));
  }
  CO_TRY(auto outcome, co_await api.uia.check(std::move(asked), net::route::body_object(call)));
  if (outcome.ask) co_return *std::move(outcome.ask);
  if (!outcome.mail) co_return no_owner();
  if (!wanted.new_password) co_return Error(Errc::missing_param, "new_password is missing.");
  CO_TRY(const auto user_id, co_await api.accounts.user_of_mail_address(outcome.mail->address));
  if (!user_id) co_return no_owner();
  CO_TRY(const auto account, co_await api.accounts.find(*user_id));
  if (account.kind != matrix::AccountKind::person) co_return no_owner();
  CO_TRY(co_await check_may_have_password(api, *user_id));
  const mail::Letter told{.to = outcome.mail->address,
                          .subject = "Your password was changed",
                          .text = "Hello,\n\nthe password of " + *user_id +
                                  " was changed, by whoever opened the link in a mail to this address. If that was not "
                                  "you, set a new one and ask an administrator for help.\n"};
  auto also = [&api, sid = outcome.mail->sid, user_id = *user_id, told,
               stamp = api.proofs->stamp()](store::Tx& tx) -> Result<Unit> {
    TRY(const auto address, mail::Proofs::spend(tx, sid, mail::Purpose::reset, stamp.now_ms));
    if (identifier_store::user_of_third_party_id(tx, "email", address) != user_id) return no_owner();
    return api.proofs->tell(tx, told, stamp);
  };
  CO_TRY(co_await api.accounts.set_password(*user_id, *std::move(wanted.new_password), wanted.logout_devices, {},
                                            std::move(also)));
  co_return json_response({});
}

Task<net::http::Response> post_password(AccountApi& api, net::route::Call& call) {
  CO_TRY(auto wanted, api::body_of<NewPasswordBody>(call));
  if (!call.caller) co_return co_await reset_password(api, call, std::move(wanted));
  CO_TRY(co_await check_may_have_password(api, call.caller->user_id));
  if (wanted.new_password) {
    CO_TRY(api.accounts.check_password_rule(*wanted.new_password));
  }
  CO_TRY(auto outcome, co_await api.uia.check(by_password(call, "password"), net::route::body_object(call)));
  if (outcome.ask) co_return *std::move(outcome.ask);
  if (!wanted.new_password) co_return Error(Errc::missing_param, "new_password is missing.");
  CO_TRY(co_await api.accounts.set_password(call.caller->user_id, *std::move(wanted.new_password),
                                            wanted.logout_devices, call.caller->device_id));
  co_return json_response({});
}

Task<net::http::Response> post_deactivate(AccountApi& api, net::route::Call& call) {
  CO_TRY(const auto wanted, api::body_of<DeactivateBody>(call));
  CO_TRY(auto outcome, co_await api.uia.check(by_password(call, "deactivate"), net::route::body_object(call)));
  if (outcome.ask) co_return *std::move(outcome.ask);
  CO_TRY(co_await api.accounts.deactivate(call.caller->user_id, wanted.erase));
  co_return api::answer(Deactivated());
}

Task<net::http::Response> post_openid_token(AccountApi& api, net::route::Call& call) {
  CO_TRY(require_self(call, call.param("user_id")));
  CO_TRY(const auto token,
         co_await api.openid.issue({.user_id = call.caller->user_id, .device_id = call.caller->device_id}));
  co_return api::answer(OpenIdToken{.access_token = token,
                                    .matrix_server_name = api.settings.server_name,
                                    .expires_in = OpenIdTokens::kLife.count()});
}

/// GET /_matrix/federation/v1/openid/userinfo: call services ask it, so it is answered with federation off as well.
Task<net::http::Response> get_openid_userinfo(AccountApi& api, net::route::Call& call) {
  const auto token = call.request.query_value("access_token");
  if (!token) co_return Error(Errc::missing_token, "access_token is missing.");
  CO_TRY(auto owner, co_await api.openid.owner_of(std::string(*token)));
  co_return api::answer(OpenIdUser{.sub = std::move(owner.user_id)});
}

}  // namespace

void add_account_routes(net::route::Router& router, AccountApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  group.add({.method = "GET", .path = "/account/whoami", .reply = api::schema_text<Whoami>(), .run = get_whoami});
  group.add({.method = "POST",
             .path = "/account/password",
             .needs = api.proofs ? net::route::Access::if_any : net::route::Access::user,
             .rate = net::route::Rate::login,
             .body = api::schema_text<NewPasswordBody>(),
             .takes = net::route::Body::json_object,
             .max_body_bytes = 16UL * 1024,
             .reply = api::schema_text<Nothing>(),
             .run = api::bind(post_password, api)});
  group.add({.method = "POST",
             .path = "/account/deactivate",
             .rate = net::route::Rate::login,
             .body = api::schema_text<DeactivateBody>(),
             .takes = net::route::Body::json_object,
             .max_body_bytes = 16UL * 1024,
             .reply = api::schema_text<Deactivated>(),
             .deadline = std::chrono::minutes(2),  // leaves every room
             .run = api::bind(post_deactivate, api)});
  group.add({.method = "POST",
             .path = "/user/{user_id}/openid/request_token",
             .reply = api::schema_text<OpenIdToken>(),
             .run = api::bind(post_openid_token, api)});

  const auto federation =
      matrix_group(router, {.prefix = "/_matrix/federation/v1/openid", .needs = net::route::Access::open});
  federation.add({.method = "GET",
                  .path = "/userinfo",
                  .reply = api::schema_text<OpenIdUser>(),
                  .run = api::bind(get_openid_userinfo, api)});
}

}  // namespace troupe::homeserver::accounts
