// Making accounts: by oneself (closed, by token, open) and by whoever knows the shared secret.
#include "base/crypto.h"
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/credentials.h"
#include "homeserver/client_route.h"
#include "matrix/ids.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonObject;

constexpr std::size_t kMaxUsernameBytes = 255;
constexpr std::size_t kRandomLocalpartLength = 16;

std::string random_localpart() {
  std::string name = "u";  // starts with a letter, lower case as the grammar wants it
  for (char c : base::hex(base::as_bytes(base::random_bytes(kRandomLocalpartLength / 2)))) name += c;
  return name;
}

Result<Unit> check_not_reserved(std::string_view localpart) {
  if (!is_reserved_localpart(localpart)) return Unit{};
  return Error(Errc::invalid_param, "This user name is reserved. Choose another one.").with_wire_code("M_EXCLUSIVE");
}

Task<net::Response> answer_with_session(AccountServices services, std::string user_id, DeviceWishes wanted,
                                        std::string remote_address) {
  SignIn request{.user_id = std::move(user_id),
                 .device_id = std::move(wanted.device_id),
                 .display_name = std::move(wanted.display_name),
                 .with_refresh_token = wanted.refresh_token,
                 .remote_address = std::move(remote_address)};
  CO_TRY(auto made, co_await services.devices.sign_in(std::move(request)));
  co_return json_response(credentials_json(made, services.settings));
}

/// POST /register (#post_matrixclientv3register).
Task<net::Response> post_register(AccountServices services, net::Call& call) {
  const auto kind = call.request.query_value("kind").value_or("user");
  if (kind == "guest") {
    co_return Error(Errc::forbidden, "This server has no guests.").with_wire_code("M_GUEST_ACCESS_FORBIDDEN");
  }
  if (kind != "user") co_return Error(Errc::invalid_param, "kind must be user or guest.");
  CO_TRY(services.registration.check_open());
  const auto& body = net::body_object(call);
  if (matrix::find_string(body, "type") == "m.login.application_service") {
    co_return Error(Errc::forbidden, "No application service is registered on this server.");
  }
  CO_TRY(auto username, net::optional_string(body, "username", kMaxUsernameBytes));
  CO_TRY(auto password, net::optional_string(body, "password", PasswordPool::kMaxPasswordBytes));
  CO_TRY(auto wanted, read_device_wishes(body));
  CO_TRY(const bool inhibit_login, net::optional_bool(body, "inhibit_login", false));
  if (username) {
    CO_TRY(check_not_reserved(*username));
    CO_TRY(co_await services.accounts.check_available(*username));
  }
  UiaRequest proof{.operation = "register",
                   .user_id = {},
                   .address = call.request.remote_address,
                   .flows = services.registration.flows()};
  CO_TRY(auto outcome, co_await services.uia.check(std::move(proof), body));
  if (outcome.ask) co_return *std::move(outcome.ask);
  if (!password) co_return Error(Errc::missing_param, "password is missing.");

  matrix::NewAccount account;
  account.localpart = username ? *std::move(username) : random_localpart();
  account.password = std::move(password);
  std::function<Result<Unit>(store::Tx&)> also;
  if (!outcome.registration_token.empty()) {
    also = [services, token = outcome.registration_token](store::Tx& tx) {
      return services.registration.use_token(tx, token);
    };
  }
  CO_TRY(auto made, co_await services.accounts.create(std::move(account), std::move(also)));
  if (inhibit_login) {
    co_return json_response({{"user_id", made.user_id}, {"home_server", services.settings.server_name}});
  }
  co_return co_await answer_with_session(services, made.user_id, std::move(wanted), call.request.remote_address);
}

Task<net::Response> get_available(AccountServices services, net::Call& call) {
  CO_TRY(services.registration.check_open());
  const auto username = call.request.query_value("username");
  if (!username) co_return Error(Errc::missing_param, "username is missing.");
  CO_TRY(check_not_reserved(*username));
  CO_TRY(co_await services.accounts.check_available(std::string(*username)));
  co_return json_response({{"available", true}});
}

Task<net::Response> get_token_validity(AccountServices services, net::Call& call) {
  const auto token = call.request.query_value("token");
  if (!token) co_return Error(Errc::missing_param, "token is missing.");
  CO_TRY(const bool valid, co_await services.registration.token_is_valid(std::string(*token)));
  co_return json_response({{"valid", valid}});
}

/// Error with 400 when no secret is configured.
Result<Unit> check_shared_secret_set(const host::Settings& settings) {
  if (!settings.registration_shared_secret.empty()) return Unit{};
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
  TRY(request.nonce, net::required_string(body, "nonce", 128));
  TRY(request.account.localpart, net::required_string(body, "username", kMaxUsernameBytes));
  TRY(request.account.password, net::required_string(body, "password", PasswordPool::kMaxPasswordBytes));
  TRY(request.account.admin, net::optional_bool(body, "admin", false));
  TRY(auto display_name, net::optional_string(body, "displayname", 256));
  request.account.display_name = std::move(display_name).value_or("");
  TRY(auto user_type, net::optional_string(body, "user_type", 32));
  TRY(request.inhibit_login, net::optional_bool(body, "inhibit_login", false));
  TRY(request.mac, net::required_string(body, "mac", 128));
  TRY(request.wanted, read_device_wishes(body));
  if (user_type && *user_type != "bot" && *user_type != "support") {
    return Error(Errc::invalid_param, "user_type must be bot, support or null.");
  }
  if (user_type == "bot") request.account.kind = matrix::AccountKind::bot;
  request.signed_text = request.nonce + '\0' + request.account.localpart + '\0' + *request.account.password + '\0' +
                        (request.account.admin ? "admin" : "notadmin");
  if (user_type) request.signed_text += '\0' + *user_type;
  return request;
}

Task<net::Response> post_shared_secret(AccountServices services, std::shared_ptr<Nonces> nonces, net::Call& call) {
  const auto& secret = services.settings.registration_shared_secret;
  CO_TRY(check_shared_secret_set(services.settings));
  CO_TRY(auto request, read_shared_secret_request(net::body_object(call)));
  if (!nonces->use(request.nonce)) {
    co_return Error(Errc::invalid_param, "The nonce is not known or too old: ask for a new one.")
        .with_wire_code("M_UNKNOWN");
  }
  if (!base::constant_time_equal(base::hmac_sha1_hex(secret, request.signed_text), request.mac)) {
    co_return Error(Errc::forbidden, "HMAC incorrect");
  }
  CO_TRY(auto made, co_await services.accounts.create(std::move(request.account)));
  if (request.inhibit_login) {
    co_return json_response({{"user_id", made.user_id}, {"home_server", services.settings.server_name}});
  }
  co_return co_await answer_with_session(services, made.user_id, std::move(request.wanted),
                                         call.request.remote_address);
}

void add_shared_secret_routes(net::Router& router, const AccountServices& services) {
  auto nonces = std::make_shared<Nonces>(services.clock);
  auto get = matrix_route("GET", "/_synapse/admin/v1/register", [services, nonces](net::Call&) -> Task<net::Response> {
    CO_TRY(check_shared_secret_set(services.settings));
    co_return json_response({{"nonce", nonces->make()}});
  });
  get.needs = net::Access::open;
  get.rate = net::Rate::registration;
  router.add(std::move(get));

  auto post = matrix_route("POST", "/_synapse/admin/v1/register",
                           [services, nonces](net::Call& call) { return post_shared_secret(services, nonces, call); });
  post.needs = net::Access::open;
  post.rate = net::Rate::registration;
  post.body = net::Body::json_required;
  post.max_body_bytes = 16 * 1024;
  router.add(std::move(post));
}

}  // namespace

void add_register_routes(net::Router& router, AccountServices services) {
  auto post = matrix_route("POST", "/register", [services](net::Call& call) { return post_register(services, call); });
  post.needs = net::Access::open;
  post.rate = net::Rate::registration;
  post.body = net::Body::json_object;
  post.max_body_bytes = 16 * 1024;
  add_client_route(router, std::move(post));

  auto available =
      matrix_route("GET", "/register/available", [services](net::Call& call) { return get_available(services, call); });
  available.needs = net::Access::open;
  available.rate = net::Rate::registration;
  add_client_route(router, std::move(available));

  auto validity = matrix_route("GET", "/_matrix/client/v1/register/m.login.registration_token/validity",
                               [services](net::Call& call) { return get_token_validity(services, call); });
  validity.needs = net::Access::open;
  validity.rate = net::Rate::registration;
  router.add(std::move(validity));

  add_shared_secret_routes(router, services);
}

}  // namespace troupe::homeserver
