#include "remote/tokens.h"

#include "base/log.h"
#include "matrix/ids.h"
#include "remote/options.h"

namespace troupe::remote {
namespace {

/// Outside the application service's namespace, which shared-secret registration may not enter. Each data folder has
/// one of its own, so that a second installation does not meet the first one's.
constexpr std::string_view kServicePrefix = "troupe_service_";
constexpr std::size_t kServiceSuffix = 8;
constexpr std::string_view kDeviceName = "Troupe";
constexpr std::size_t kNewPasswordLength = 40;
constexpr std::chrono::milliseconds kLoginPatience = std::chrono::seconds(30);

}  // namespace

Tokens::Tokens(MatrixApi& api, store::Database& db, const base::SealingKey& key, const host::Settings& settings)
    : api_(api), db_(db), key_(key), settings_(settings) {}

Task<Acting> Tokens::acting_as(std::string user_id) {
  {
    const base::Lock lock(mutex_);
    if (auto found = known_.find(user_id); found != known_.end()) co_return Acting{found->second, {}};
  }
  auto look = [&](store::Connection& c) -> Result<std::optional<RemoteAccount>> { return find_account(c, user_id); };
  CO_TRY(auto account, co_await db_.read(look));
  if (account && !account->sealed_token.empty()) {
    CO_TRY(auto token, key_.open(account->sealed_token));
    const base::Lock lock(mutex_);
    known_[user_id] = token;
    co_return Acting{std::move(token), {}};
  }
  const auto parts = matrix::parse_user_id(user_id);
  if (has_application_service() && parts && is_in_namespace(parts->localpart)) {
    co_return Acting{settings_.of<RemoteSettings>().as_token, user_id};
  }
  if (account && !account->sealed_password.empty()) {
    CO_TRY(auto password, key_.open(account->sealed_password));
    CO_TRY(auto session, co_await log_in(user_id, std::move(password), "TROUPE"));
    CO_TRY(co_await keep(user_id, session.access_token));
    co_return Acting{std::move(session.access_token), {}};
  }
  CO_TRY(auto borrowed, co_await borrow(user_id));
  co_return Acting{std::move(borrowed), {}};
}

Task<std::string> Tokens::borrow(std::string user_id) {
  CO_TRY(auto admin_token, co_await admin());
  if (admin_token.empty()) {
    co_return Error(Errc::forbidden, "There is no access to " + user_id +
                                         " on the other homeserver. Set homeserver.admin_token, or make the bot with "
                                         "this account's password.");
  }
  ApiCall call{.method = "POST",
               .path = "/_synapse/admin/v1/users" + segments({user_id}) + "/login",
               .body = matrix::JsonObject{},
               .token = std::move(admin_token)};
  CO_TRY(auto answer, co_await api_.call(std::move(call)));
  auto token = matrix::find_string(answer, "access_token");
  if (!token) co_return Error(Errc::unavailable, "The homeserver lent no access token for " + user_id + ".");
  const base::Lock lock(mutex_);
  co_return known_[user_id] = std::string(*token);
}

Task<std::string> Tokens::admin() {
  if (!settings_.of<RemoteSettings>().admin_token.empty()) co_return settings_.of<RemoteSettings>().admin_token;
  {
    const base::Lock lock(mutex_);
    if (!admin_.empty()) co_return admin_;
  }
  if (!has_registration_secret()) co_return std::string();
  auto look = [](store::Connection& c) -> Result<std::optional<RemoteAccount>> { return find_service(c); };
  CO_TRY(auto account, co_await db_.read(look));
  const auto user_id = account
                           ? account->user_id
                           : matrix::make_user_id(std::string(kServicePrefix) +
                                                      base::hex(base::as_bytes(base::random_bytes(kServiceSuffix / 2))),
                                                  settings_.server_name);
  std::string token;
  if (account && !account->sealed_token.empty()) {
    CO_TRY(token, key_.open(account->sealed_token));
  } else {
    auto password = account ? key_.open(account->sealed_password) : base::random_alphanumeric(kNewPasswordLength);
    CO_TRY(auto secret, std::move(password));
    if (!account) {
      // The password is stored first: killed in between, the account can still be used.
      RemoteAccount row{.user_id = user_id,
                        .kind = matrix::AccountKind::service,
                        .display_name = "Troupe",
                        .admin = true,
                        .sealed_token = {},
                        .sealed_password = key_.seal(secret),
                        .since = {},
                        .syncs = false,
                        .created_ms = 0};
      auto write = [&](store::Tx& tx) -> Result<Unit> { return upsert_account(tx, row), Unit{}; };
      CO_TRY(co_await db_.write(write));
    }
    auto made =
        co_await register_by_secret(std::string(matrix::parse_user_id(user_id)->localpart), secret, true, "Troupe");
    if (made) {
      token = made->token;
    } else if (made.error().code() == Errc::user_in_use) {
      CO_TRY(auto session, co_await log_in(user_id, secret, "TROUPE"));
      token = std::move(session.access_token);
    } else {
      co_return std::unexpected(made.error());
    }
    CO_TRY(co_await keep(user_id, token));
  }
  const base::Lock lock(mutex_);
  admin_ = token;
  co_return token;
}

Task<Unit> Tokens::drop(std::string user_id) {
  {
    const base::Lock lock(mutex_);
    if (auto found = known_.find(user_id); found != known_.end()) {
      if (found->second == admin_) admin_.clear();
      known_.erase(found);
    }
  }
  auto write = [&](store::Tx& tx) -> Result<Unit> { return update_token(tx, user_id, {}), Unit{}; };
  co_return co_await db_.write(write);
}

Task<Unit> Tokens::keep(std::string user_id, std::string token) {
  auto write = [&](store::Tx& tx) -> Result<Unit> { return update_token(tx, user_id, key_.seal(token)), Unit{}; };
  CO_TRY(co_await db_.write(write));
  const base::Lock lock(mutex_);
  known_[user_id] = std::move(token);
  co_return Unit{};
}

Task<Tokens::Registered> Tokens::register_by_secret(std::string localpart, std::string password, bool admin,
                                                    std::string display_name) {
  constexpr std::string_view kPath = "/_synapse/admin/v1/register";
  ApiCall ask{.path = std::string(kPath)};
  CO_TRY(auto asked, co_await api_.call(std::move(ask)));
  const auto nonce = std::string(matrix::find_string(asked, "nonce").value_or(""));
  const std::string signed_text = nonce + '\0' + localpart + '\0' + password + '\0' + (admin ? "admin" : "notadmin");
  matrix::JsonObject body{
      {"nonce", nonce},
      {"username", localpart},
      {"password", password},
      {"admin", admin},
      {"mac", base::hmac_sha1_hex(settings_.of<RemoteSettings>().registration_secret, signed_text)}};
  if (!display_name.empty()) body["displayname"] = display_name;
  ApiCall call{.method = "POST", .path = std::string(kPath), .body = std::move(body), .patience = kLoginPatience};
  CO_TRY(auto answer, co_await api_.call(std::move(call)));
  auto user_id = matrix::find_string(answer, "user_id");
  auto token = matrix::find_string(answer, "access_token");
  if (!user_id || !token) co_return Error(Errc::unavailable, "The homeserver's answer to a registration is unknown.");
  co_return Registered{std::string(*user_id), std::string(*token)};
}

Task<matrix::IssuedToken> Tokens::log_in(std::string user_id, std::string password, std::string device_id) {
  matrix::JsonObject body{
      {"type", "m.login.password"}, {"identifier", {{"type", "m.id.user"}, {"user", user_id}}}, {"password", password}};
  co_return co_await log_in_with(std::move(body), {}, std::move(device_id));
}

Task<matrix::IssuedToken> Tokens::log_in_with(matrix::JsonObject body, std::string token, std::string device_id) {
  body["initial_device_display_name"] = kDeviceName;
  if (!device_id.empty()) body["device_id"] = device_id;
  ApiCall call{.method = "POST",
               .path = "/_matrix/client/v3/login",
               .body = std::move(body),
               .token = std::move(token),
               .patience = kLoginPatience,
               .repeatable = true};
  CO_TRY(auto answer, co_await api_.call(std::move(call)));
  auto access = matrix::find_string(answer, "access_token");
  auto device = matrix::find_string(answer, "device_id");
  if (!access || !device) co_return Error(Errc::unavailable, "The homeserver's answer to a login has no access token.");
  co_return matrix::IssuedToken{.device_id = std::string(*device), .access_token = std::string(*access)};
}

Task<matrix::IssuedToken> Tokens::open_session(std::string user_id, std::string device_id) {
  const auto parts = matrix::parse_user_id(user_id);
  if (has_application_service() && parts && is_in_namespace(parts->localpart)) {
    matrix::JsonObject body{{"type", "m.login.application_service"},
                            {"identifier", {{"type", "m.id.user"}, {"user", user_id}}}};
    co_return co_await log_in_with(std::move(body), settings_.of<RemoteSettings>().as_token, std::move(device_id));
  }
  auto look = [&](store::Connection& c) -> Result<std::optional<RemoteAccount>> { return find_account(c, user_id); };
  CO_TRY(auto account, co_await db_.read(look));
  if (!account || account->sealed_password.empty()) {
    co_return Error(Errc::forbidden, "The password of " + user_id + " is not kept here: no session can be opened.");
  }
  CO_TRY(auto password, key_.open(account->sealed_password));
  co_return co_await log_in(std::move(user_id), std::move(password), std::move(device_id));
}

Task<Acting> Tokens::anybody() {
  if (has_application_service()) co_return Acting{settings_.of<RemoteSettings>().as_token, {}};
  auto look = [](store::Connection& c) -> Result<std::vector<std::string>> { return syncing_accounts(c); };
  CO_TRY(auto accounts, co_await db_.read(look));
  if (!accounts.empty()) co_return co_await acting_as(std::move(accounts.front()));
  CO_TRY(auto token, co_await admin());
  if (token.empty()) co_return Error(Errc::forbidden, "There is no account of ours on the other homeserver yet.");
  co_return Acting{std::move(token), {}};
}

}  // namespace troupe::remote
