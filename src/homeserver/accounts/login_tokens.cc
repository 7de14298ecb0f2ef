#include "homeserver/accounts/login_tokens.h"

#include "base/crypto.h"
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/tokens.h"

namespace troupe::homeserver::accounts {
namespace {

Error no_such_login_token() {
  return Error(Errc::forbidden, "This login token is not valid: it was used already, or its time is over.");
}

}  // namespace

Task<std::string> LoginTokens::issue(std::string user_id, std::string device_id) {
  auto token = base::random_token(kLoginTokenPrefix);
  const auto now = clock_.unix_ms();
  const account_store::LoginTokenRow row{.token_hash = token_hash(token),
                                         .user_id = std::move(user_id),
                                         .device_id = std::move(device_id),
                                         .expires_ms = now + std::chrono::milliseconds(life()).count()};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    account_store::delete_expired_login_tokens(tx, now);
    if (account_store::count_login_tokens(tx, row.user_id) >= kMaxOpen) {
      return Error(Errc::limit_exceeded, "Use the login tokens that you have, or wait until they end.")
          .with_retry_after(life());
    }
    account_store::insert_login_token(tx, row);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write, {.savepoint = true}));
  co_return token;
}

Task<std::string> LoginTokens::redeem(std::string token) {
  if (!looks_like_token(token, kLoginTokenPrefix)) co_return no_such_login_token();
  const auto hash = token_hash(token);
  const auto now = clock_.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<std::string> {
    auto row = account_store::find_login_token(tx, hash);
    if (!row || row->expires_ms <= now) return no_such_login_token();
    const auto account = account_store::find_account(tx, row->user_id);
    if (!account || account->deactivated) return no_such_login_token();
    if (account->locked) return account_is_locked();
    account_store::delete_login_token(tx, hash);
    return std::move(row->user_id);
  };
  co_return co_await db_.write(write);
}

}  // namespace troupe::homeserver::accounts
