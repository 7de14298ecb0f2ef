// Making accounts: by oneself (closed, by token, open) and by whoever knows the shared secret.
#include "base/crypto.h"
#include "base/text.h"
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/accounts/credentials.h"
#include "homeserver/accounts/service_scheme.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/settings.h"
#include "matrix/ids.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonObject;

constexpr std::size_t kMaxUsernameBytes = 255;
constexpr std::size_t kMaxUsernameSent = 4096;  ///< what is longer than a name may be is told so with its own error
constexpr std::size_t kRandomLocalpartLength = 16;

std::string random_localpart() {
  std::string name = "u";  // starts with a letter, lower case as the grammar wants it
  for (char c : base::hex(base::as_bytes(base::random_bytes(kRandomLocalpartLength / 2)))) name += c;
  return name;
}

/// POST /register by an application service: an account without a password, also while registration is closed
/// (Application Service API #server-admin-style-permissions).
Task<net::http::Response> register_by_service(RegisterApi& api, const net::route::Call& call) {
  CO_TRY(const auto* service, service_by_token(api.services, call.request));
  const auto& body = net::route::body_object(call);
  CO_TRY(auto username, net::route::required_string(body, "username", kMaxUsernameBytes));
  CO_TRY(auto wanted, read_device_wishes(body));
  CO_TRY(const bool inhibit_login, net::route::optional_bool(body, "inhibit_login", false));
  const auto user_id = matrix::make_user_id(username, api.settings.server_name);
  if (!service->has_user(user_id) || api.services->is_taken_user(user_id, service)) co_return not_its_user();
  matrix::NewAccount account;
  account.localpart = std::move(username);
  account.kind = matrix::AccountKind::service;
  CO_TRY(auto made, co_await api.accounts.create(std::move(account), {}, service));
  if (inhibit_login) {
    co_return json_response({{"user_id", made.user_id}, {"home_server", api.settings.server_name}});
  }
  auto session = sign_in_of(made.user_id, std::move(wanted), call.request.remote_address);
  CO_TRY(const auto signed_in, co_await api.devices.sign_in(std::move(session)));
  co_return json_response(credentials_json(signed_in, api.settings));
}

/// What the proofs cost, in the operation that makes the account: a use of the token, and the proof of the address,
/// which is the account's from then on.
std::function<Result<Unit>(store::Tx&)> also_of(RegisterApi& api, const UiaOutcome& outcome,
                                                std::string_view localpart) {
  std::function<Result<Unit>(store::Tx&)> use_token;
  if (!outcome.registration_token.empty()) use_token = api.registration.use_of(outcome.registration_token);
  if (!outcome.mail || !api.proofs) return use_token;
  auto user_id = matrix::make_user_id(localpart, api.settings.server_name);
  return [use_token = std::move(use_token), sid = outcome.mail->sid, user_id = std::move(user_id),
          now = api.proofs->stamp().now_ms,
          with_missed = sends_missed_mails(api.settings)](store::Tx& tx) -> Result<Unit> {
    if (use_token) {
      TRY(use_token(tx));
    }
    TRY(auto address, mail::Proofs::spend(tx, sid, mail::Purpose::registration, now));
    return AccountService::add_mail_address(tx, user_id, std::move(address), now, with_missed);
  };
}

/// POST /register?kind=guest: of what is sent only the name of the device counts.
Task<net::http::Response> register_guest(RegisterApi& api, const net::route::Call& call) {
  DeviceWishes wanted;
  CO_TRY(wanted.display_name, net::route::optional_string(net::route::body_object(call), "initial_device_display_name",
                                                          DeviceService::kMaxDisplayNameBytes));
  // Whoever comes by the program's own socket is its owner, of whom no rate is counted, either.
  const auto& request = call.request;
  CO_TRY(auto user_id, co_await api.guests.make(request.local ? std::string() : request.remote_address));
  auto session = sign_in_of(std::move(user_id), std::move(wanted), call.request.remote_address);
  CO_TRY(const auto signed_in, co_await api.devices.sign_in(std::move(session)));
  co_return json_response(credentials_json(signed_in, api.settings));
}

/// Whose account is to be made.
struct Applicant {
  std::optional<std::string> username;  ///< free, in lower case; none: any name
  std::string guest;                    ///< the user id of the guest who is to have it; empty: nobody yet
};

/// Errors: invalid_param, user_in_use; missing_param and forbidden where a guest's name or token is wrong.
Task<Applicant> applicant_of(RegisterApi& api, const JsonObject& body) {
  Applicant who;
  CO_TRY(who.username, net::route::optional_string(body, "username", kMaxUsernameSent));
  CO_TRY(auto guest_token, net::route::optional_string(body, "guest_access_token", kMaxUsernameBytes));
  if (who.username) who.username = base::ascii_lower(*who.username);
  if (guest_token) {
    if (!who.username)
      co_return Error(Errc::missing_param, "A guest who gets an account names it: username is missing.");
    CO_TRY(who.guest, co_await api.guests.guest_of(*std::move(guest_token)));
    if (who.guest != matrix::make_user_id(*who.username, api.settings.server_name))
      co_return Error(Errc::forbidden, "A guest who gets an account keeps the user name.");
  } else if (who.username) {
    CO_TRY(api.registration.check_not_reserved(*who.username));
    CO_TRY(co_await api.accounts.check_available(*who.username));
  }
  co_return who;
}

/// Yields the user id. Errors: those of AccountService::create and Guests::upgrade.
Task<std::string> make_account(RegisterApi& api, Applicant who, std::string password, UiaOutcome outcome) {
  matrix::NewAccount account;
  account.localpart = who.username ? *std::move(who.username) : random_localpart();
  const auto by = outcome.registration_token.empty() ? "open" : "token";
  auto also = api.accounts.on_record(matrix::make_user_id(account.localpart, api.settings.server_name),
                                     {.by = by, .provider = {}}, also_of(api, outcome, account.localpart));
  if (!who.guest.empty()) {
    CO_TRY(co_await api.guests.upgrade(who.guest, std::move(password), std::move(also)));
    co_return std::move(who.guest);
  }
  account.password = std::move(password);
  CO_TRY(auto made, co_await api.accounts.create(std::move(account), std::move(also)));
  co_return std::move(made.user_id);
}

/// POST /register (#post_matrixclientv3register).
Task<net::http::Response> post_register(RegisterApi& api, net::route::Call& call) {
  const auto kind = call.request.query_value("kind").value_or("user");
  if (kind == "guest") co_return co_await register_guest(api, call);
  if (kind != "user") co_return Error(Errc::invalid_param, "kind must be user or guest.");
  const auto& body = net::route::body_object(call);
  if (matrix::find_string(body, "type") == kLoginByService) co_return co_await register_by_service(api, call);
  CO_TRY(api.registration.check_open());
  CO_TRY(auto password, net::route::optional_string(body, "password", PasswordPool::kMaxPasswordBytes));
  if (password) {
    CO_TRY(api.accounts.check_password_rule(*password));
  }
  CO_TRY(auto wanted, read_device_wishes(body));
  CO_TRY(const bool inhibit_login, net::route::optional_bool(body, "inhibit_login", false));
  CO_TRY(auto who, co_await applicant_of(api, body));
  UiaRequest proof{.operation = "register",
                   .user_id = {},
                   .address = call.request.remote_address,
                   .flows = api.registration.flows()};
  CO_TRY(auto outcome, co_await api.uia.check(std::move(proof), body));
  if (outcome.ask) co_return *std::move(outcome.ask);
  if (!password) co_return Error(Errc::missing_param, "password is missing.");
  CO_TRY(auto user_id, co_await make_account(api, std::move(who), *std::move(password), std::move(outcome)));
  if (inhibit_login) co_return json_response({{"user_id", user_id}, {"home_server", api.settings.server_name}});
  auto session = sign_in_of(std::move(user_id), std::move(wanted), call.request.remote_address);
  CO_TRY(const auto signed_in, co_await api.devices.sign_in(std::move(session)));
  co_return json_response(credentials_json(signed_in, api.settings));
}

Task<net::http::Response> get_register_available(RegisterApi& api, net::route::Call& call) {
  CO_TRY(api.registration.check_open());
  const auto sent = call.request.query_value("username");
  if (!sent) co_return Error(Errc::missing_param, "username is missing.");
  auto username = base::ascii_lower(*sent);
  CO_TRY(api.registration.check_not_reserved(username));
  CO_TRY(co_await api.accounts.check_available(std::move(username)));
  co_return json_response({{"available", true}});
}

Task<net::http::Response> get_token_validity(RegisterApi& api, net::route::Call& call) {
  const auto token = call.request.query_value("token");
  if (!token) co_return Error(Errc::missing_param, "token is missing.");
  CO_TRY(const bool valid, co_await api.registration.token_is_valid(std::string(*token)));
  co_return json_response({{"valid", valid}});
}

/// Error with 400 when no secret is configured.
Result<Unit> check_shared_secret_set(const host::Settings& settings) {
  if (!settings.of<RegistrationSettings>().shared_secret.empty()) return Unit{};
  return Error(Errc::invalid_param, "Shared secret registration is not enabled: set TROUPE_REGISTRATION_SHARED_SECRET.")
      .with_wire_code("M_UNKNOWN");
}

struct SharedSecretRequest {
  std::string nonce;
  std::string mac;
  std::string user_type;
  std::string signed_text;  ///< what the MAC is over
  bool inhibit_login = false;
  matrix::NewAccount account;
  DeviceWishes wanted;
};

Result<SharedSecretRequest> read_shared_secret_request(const JsonObject& body) {
  SharedSecretRequest request;
  TRY(request.nonce, net::route::required_string(body, "nonce", 128));
  TRY(request.account.localpart, net::route::required_string(body, "username", kMaxUsernameBytes));
  TRY(request.account.password, net::route::required_string(body, "password", PasswordPool::kMaxPasswordBytes));
  TRY(request.account.admin, net::route::optional_bool(body, "admin", false));
  TRY(auto display_name, net::route::optional_string(body, "displayname", 256));
  request.account.display_name = std::move(display_name).value_or("");
  TRY(auto user_type, net::route::optional_string(body, "user_type", 32));
  TRY(request.inhibit_login, net::route::optional_bool(body, "inhibit_login", false));
  TRY(request.mac, net::route::required_string(body, "mac", 128));
  TRY(request.wanted, read_device_wishes(body));
  if (user_type && *user_type != "bot" && *user_type != "support") {
    return Error(Errc::invalid_param, "user_type must be bot, support or null.");
  }
  if (user_type == "bot") request.account.kind = matrix::AccountKind::bot;
  request.signed_text = request.nonce + '\0' + request.account.localpart + '\0' + *request.account.password + '\0' +
                        (request.account.admin ? "admin" : "notadmin");
  if (user_type) request.signed_text += '\0' + *user_type;
  request.account.localpart =
      base::ascii_lower(request.account.localpart);  // after the MAC's text: it is over what came
  return request;
}

Task<net::http::Response> get_nonce(SharedSecretApi& api, net::route::Call&) {
  CO_TRY(check_shared_secret_set(api.settings));
  co_return api::answer(Nonce{.nonce = api.nonces.make()});
}

Task<net::http::Response> post_shared_secret(SharedSecretApi& api, net::route::Call& call) {
  const auto& secret = api.settings.of<RegistrationSettings>().shared_secret;
  CO_TRY(check_shared_secret_set(api.settings));
  CO_TRY(auto request, read_shared_secret_request(net::route::body_object(call)));
  if (!api.nonces.use(request.nonce)) {
    co_return Error(Errc::invalid_param, "The nonce is not known or too old: ask for a new one.")
        .with_wire_code("M_UNKNOWN");
  }
  if (!base::constant_time_equal(base::hmac_sha1_hex(secret, request.signed_text), request.mac)) {
    co_return Error(Errc::forbidden, "HMAC incorrect");
  }
  auto record = api.accounts.on_record(matrix::make_user_id(request.account.localpart, api.settings.server_name),
                                       {.by = "shared secret", .provider = {}, .admin = request.account.admin});
  CO_TRY(auto made, co_await api.accounts.create(std::move(request.account), std::move(record)));
  if (request.inhibit_login) {
    co_return json_response({{"user_id", made.user_id}, {"home_server", api.settings.server_name}});
  }
  auto session = sign_in_of(made.user_id, std::move(request.wanted), call.request.remote_address);
  CO_TRY(const auto signed_in, co_await api.devices.sign_in(std::move(session)));
  co_return json_response(credentials_json(signed_in, api.settings));
}

}  // namespace

void add_register_routes(net::route::Router& router, RegisterApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3) + "/register",
                                           .needs = net::route::Access::open,
                                           .rate = net::route::Rate::registration});
  group_with_services(router, std::string(kClientV3) + "/register", api.services)
      .add({.method = "POST",
            .rate = net::route::Rate::registration,
            .takes = net::route::Body::json_object,
            .max_body_bytes = 16UL * 1024,
            .run = api::bind(post_register, api)});
  group.add({.method = "GET", .path = "/available", .run = api::bind(get_register_available, api)});

  const auto tokens = matrix_group(router, {.prefix = std::string(kClientV1) + "/register/m.login.registration_token",
                                            .needs = net::route::Access::open,
                                            .rate = net::route::Rate::registration});
  tokens.add({.method = "GET", .path = "/validity", .run = api::bind(get_token_validity, api)});
}

void add_shared_secret_routes(net::route::Router& router, SharedSecretApi& api) {
  const auto group = matrix_group(router, {.prefix = "/_synapse/admin/v1/register",
                                           .needs = net::route::Access::open,
                                           .rate = net::route::Rate::registration});
  group.add({.method = "GET", .reply = api::schema_text<Nonce>(), .run = api::bind(get_nonce, api)});
  group.add({.method = "POST",
             .takes = net::route::Body::json_required,
             .max_body_bytes = 16UL * 1024,
             .run = api::bind(post_shared_secret, api)});
}

}  // namespace troupe::homeserver::accounts
