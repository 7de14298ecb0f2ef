#include "homeserver/accounts/openid_tokens.h"

#include "base/crypto.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/tokens.h"

namespace troupe::homeserver::accounts {

Task<std::string> OpenIdTokens::issue(OpenIdOwner owner) {
  auto token = base::random_token(kOpenIdTokenPrefix);
  const auto now = clock_.unix_ms();
  const auto expires_ms = now + std::chrono::milliseconds(kLife).count();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    account_store::delete_expired_openid_tokens(tx, now);
    // Removed since the request was admitted: nobody would end the token any more.
    if (!owner.device_id.empty() && !account_store::find_device(tx, owner.user_id, owner.device_id)) {
      return Error(Errc::unknown_token, "The device has been signed out.");
    }
    account_store::insert_openid_token(tx, {.token_hash = token_hash(token),
                                            .user_id = owner.user_id,
                                            .device_id = owner.device_id,
                                            .expires_ms = expires_ms});
    return Unit{};
  };
  CO_TRY(co_await db_.write(write, {.lane = store::Lane::bulk}));
  co_return token;
}

Task<OpenIdOwner> OpenIdTokens::owner_of(std::string token) {
  std::optional<account_store::OpenIdRow> row;
  if (looks_like_token(token, kOpenIdTokenPrefix)) {
    const auto now = clock_.unix_ms();
    auto look = [hash = token_hash(token),
                 now](store::Connection& connection) -> Result<std::optional<account_store::OpenIdRow>> {
      return account_store::find_openid_token(connection, hash, now);
    };
    CO_TRY(row, co_await db_.read(look));
  }
  if (!row) co_return Error(Errc::unknown_token, "The OpenID token is not known or has expired.");
  co_return OpenIdOwner{.user_id = std::move(row->user_id), .device_id = std::move(row->device_id)};
}

}  // namespace troupe::homeserver::accounts
