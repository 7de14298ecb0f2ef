#include "homeserver/accounts/openid_tokens.h"

#include "base/crypto.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/tokens.h"

namespace troupe::homeserver::accounts {

Task<std::string> OpenIdTokens::issue(std::string user_id) {
  auto token = base::random_token(kOpenIdTokenPrefix);
  const auto now = clock_.unix_ms();
  const auto expires_ms = now + std::chrono::milliseconds(kLife).count();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    account_store::delete_expired_openid_tokens(tx, now);
    account_store::insert_openid_token(tx, token_hash(token), user_id, expires_ms);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write, {.lane = store::Lane::bulk}));
  co_return token;
}

Task<std::string> OpenIdTokens::user_of(std::string token) {
  std::optional<std::string> user;
  if (looks_like_token(token, kOpenIdTokenPrefix)) {
    const auto now = clock_.unix_ms();
    auto look = [hash = token_hash(token), now](store::Connection& connection) -> Result<std::optional<std::string>> {
      return account_store::find_openid_user(connection, hash, now);
    };
    CO_TRY(user, co_await db_.read(look));
  }
  if (!user) co_return Error(Errc::unknown_token, "The OpenID token is not known or has expired.");
  co_return *std::move(user);
}

}  // namespace troupe::homeserver::accounts
