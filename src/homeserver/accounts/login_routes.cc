// Signing in and out: login, refresh, logout.
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/credentials.h"
#include "homeserver/accounts/service_scheme.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/mail_address.h"
#include "homeserver/common/settings.h"
#include "matrix/ids.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonObject;

constexpr std::size_t kMaxTokenBytes = 512;

Task<net::http::Response> get_login(LoginApi& api, net::route::Call&) {
  co_return json_response({{"flows", api.offers.login_flows}});
}

/// {type: m.id.thirdparty, medium: email, address}. Wrong tries are counted of the address, so that they do not tell
/// whose it is.
Task<ProvenAccount> prove_by_mail(LoginApi& api, const JsonObject& body, const std::string& remote_address) {
  const auto& identifier = *matrix::find_object(body, "identifier");
  CO_TRY(const auto given, net::route::required_string(identifier, "address", kMaxMailAddressBytes));
  CO_TRY(auto password, net::route::required_string(body, "password", PasswordPool::kMaxPasswordBytes));
  const auto address = canonical_mail_address(given);
  if (!address) co_return Error(Errc::invalid_param, "This is no e-mail address.");
  CO_TRY(const auto user_id, co_await api.accounts.user_of_mail_address(*address));
  co_return co_await api.accounts.prove(user_id.value_or(*address), std::move(password), remote_address, *address);
}

bool is_mail(const JsonObject& identifier) {
  return matrix::find_string(identifier, "type") == "m.id.thirdparty" &&
         matrix::find_string(identifier, "medium") == "email";
}

/// The name to check the password of. Error: forbidden for identifiers that no account here has (phone).
Result<std::string> user_of(const JsonObject& body) {
  const auto* given = matrix::find(body, "identifier");
  if (!given || given->is_null()) return net::route::required_string(body, "user", matrix::kMaxIdBytes);
  const auto* identifier = given->if_object();
  if (!identifier) return Error(Errc::bad_json, "identifier must be an object.");
  TRY(auto type, net::route::required_string(*identifier, "type", matrix::kMaxIdBytes));
  if (type == "m.id.user") return net::route::required_string(*identifier, "user", matrix::kMaxIdBytes);
  if (type == "m.id.thirdparty" || type == "m.id.phone") {
    return Error(Errc::forbidden,
                 "Sign in with your user name: e-mail addresses and phone numbers are not known here.");
  }
  return Error(Errc::invalid_param, "This type of identifier is not known: use m.id.user.");
}

SignIn sign_in_of(ProvenAccount proven, DeviceWishes wanted, std::string address) {
  auto request = sign_in_of(std::move(proven.account.user_id), std::move(wanted), std::move(address));
  request.password_hash = std::move(proven.password_hash);
  return request;
}

/// Who it is by name and password.
Task<SignIn> sign_in_by_password(LoginApi& api, const JsonObject& body, DeviceWishes wanted, std::string address) {
  const auto* identifier = matrix::find_object(body, "identifier");
  if (identifier && is_mail(*identifier) && api.settings.of<MailSettings>().enabled()) {
    CO_TRY(auto proven, co_await prove_by_mail(api, body, address));
    co_return sign_in_of(std::move(proven), std::move(wanted), std::move(address));
  }
  CO_TRY(auto user, user_of(body));
  CO_TRY(auto password, net::route::required_string(body, "password", PasswordPool::kMaxPasswordBytes));
  CO_TRY(auto proven, co_await api.accounts.prove(std::move(user), std::move(password), address));
  co_return sign_in_of(std::move(proven), std::move(wanted), std::move(address));
}

/// Who it is by a token that another of their devices asked for, or that single sign-on has ended with.
Task<SignIn> sign_in_by_token(LoginApi& api, const JsonObject& body, DeviceWishes wanted, std::string address) {
  CO_TRY(auto token, net::route::required_string(body, "token", kMaxTokenBytes));
  CO_TRY(auto redeemed, co_await api.tokens.redeem(std::move(token)));
  auto request = sign_in_of(redeemed.user_id, std::move(wanted), std::move(address));
  request.also = [redeemed](store::Tx& tx, const std::string& device_id) {
    return LoginTokens::use(tx, redeemed, device_id);
  };
  co_return request;
}

/// Who it is by the word of the application service whose user it is.
Task<SignIn> sign_in_by_service(LoginApi& api, const net::route::Call& call, DeviceWishes wanted) {
  CO_TRY(const auto* service, service_by_token(api.services, call.request));
  CO_TRY(const auto user, user_of(net::route::body_object(call)));
  const auto user_id = api.accounts.resolve_user(user);
  if (!user_id || !service->has_user(*user_id)) co_return not_its_user();
  const auto account = co_await api.accounts.find(*user_id);
  if (!account && account.error().code() == Errc::not_found)
    co_return Error(Errc::forbidden, "The application service has not registered this user.");
  if (!account) co_return std::unexpected(account.error());
  if (account->locked) co_return account_is_locked();
  co_return sign_in_of(account->user_id, std::move(wanted), call.request.remote_address);
}

Task<net::http::Response> post_login(LoginApi& api, net::route::Call& call) {
  const auto& body = net::route::body_object(call);
  CO_TRY(auto type, net::route::required_string(body, "type", matrix::kMaxIdBytes));
  const bool by_token = type == kLoginByToken && api.tokens.taken();
  const bool by_service = type == kLoginByService;
  if (type != kLoginByPassword && !by_token && !by_service) {
    co_return Error(Errc::invalid_param, "This server does not offer this way to sign in: GET /login lists them.")
        .with_wire_code("M_UNKNOWN");
  }
  CO_TRY(auto wanted, read_device_wishes(body));  // first: a token is used up by looking at it
  const auto& address = call.request.remote_address;
  auto who = by_service ? sign_in_by_service(api, call, std::move(wanted))
             : by_token ? sign_in_by_token(api, body, std::move(wanted), address)
                        : sign_in_by_password(api, body, std::move(wanted), address);
  CO_TRY(auto request, co_await std::move(who));
  CO_TRY(auto made, co_await api.devices.sign_in(std::move(request)));
  co_return json_response(credentials_json(made, api.settings));
}

Task<net::http::Response> post_refresh(LoginApi& api, net::route::Call& call) {
  CO_TRY(auto token, net::route::required_string(net::route::body_object(call), "refresh_token", kMaxTokenBytes));
  CO_TRY(auto made, co_await api.devices.refresh(std::move(token)));
  JsonObject answer{{"access_token", made.access_token}};
  if (made.refresh_token) answer["refresh_token"] = *made.refresh_token;
  if (made.expires_in_ms) answer["expires_in_ms"] = *made.expires_in_ms;
  co_return json_response(answer);
}

Task<net::http::Response> post_logout(LoginApi& api, net::route::Call& call) {
  CO_TRY(co_await api.devices.sign_out(session_of(call)));
  co_return json_response({});
}

Task<net::http::Response> post_logout_all(LoginApi& api, net::route::Call& call) {
  CO_TRY(co_await api.devices.sign_out_everywhere(call.caller->user_id));
  co_return json_response({});
}

}  // namespace

void add_login_routes(net::route::Router& router, LoginApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  group.add({.method = "GET", .path = "/login", .needs = net::route::Access::open, .run = api::bind(get_login, api)});
  group_with_services(router, std::string(kClientV3), api.services)
      .add({.method = "POST",
            .path = "/login",
            .rate = net::route::Rate::login,
            .takes = net::route::Body::json_required,
            .max_body_bytes = 16UL * 1024,
            .run = api::bind(post_login, api)});
  group.add({.method = "POST", .path = "/logout", .run = api::bind(post_logout, api)});
  group.add({.method = "POST", .path = "/logout/all", .run = api::bind(post_logout_all, api)});

  for (const auto prefix : {kClientV3, kClientV1}) {
    const auto versioned = matrix_group(router, {.prefix = std::string(prefix), .needs = net::route::Access::open});
    versioned.add({.method = "POST",
                   .path = "/refresh",
                   .rate = net::route::Rate::login,
                   .takes = net::route::Body::json_required,
                   .max_body_bytes = 16UL * 1024,
                   .run = api::bind(post_refresh, api)});
  }
}

}  // namespace troupe::homeserver::accounts
