#include "homeserver/accounts/login_tokens.h"

#include "base/crypto.h"
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/tokens.h"
#include "identity/oidc/settings.h"

namespace troupe::homeserver::accounts {
namespace {

Error no_such_login_token() {
  return Error(Errc::forbidden, "This login token is not valid: it was used already, or its time is over.");
}

/// Under what it is stored, by where it is good.
std::string stored_hash(std::string_view token, TakenBy taken_by) {
  return taken_by == TakenBy::console ? token_hash("console " + std::string(token)) : token_hash(token);
}

}  // namespace

bool LoginTokens::taken() const {
  return life().count() > 0 || !settings_.of<identity::oidc::OidcSettings>().providers.empty();
}

Task<std::string> LoginTokens::issue(std::string user_id, std::string device_id) {
  co_return co_await issue_row(
      {.token_hash = {}, .user_id = std::move(user_id), .device_id = std::move(device_id), .expires_ms = 0}, life(), {},
      TakenBy::clients);
}

Task<std::string> LoginTokens::issue_for(std::string user_id, SsoOrigin origin,
                                         std::function<Result<Unit>(store::Tx&)> when, TakenBy taken_by) {
  account_store::LoginTokenRow row{.token_hash = {}, .user_id = std::move(user_id), .device_id = {}, .expires_ms = 0};
  row.origin = std::move(origin);
  co_return co_await issue_row(std::move(row), kSsoLife, std::move(when), taken_by);
}

Task<std::string> LoginTokens::issue_row(account_store::LoginTokenRow row, std::chrono::milliseconds life,
                                         std::function<Result<Unit>(store::Tx&)> when, TakenBy taken_by) {
  auto token = base::random_token(kLoginTokenPrefix);
  const auto now = clock_.unix_ms();
  row.token_hash = stored_hash(token, taken_by);
  row.expires_ms = now + life.count();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    account_store::delete_expired_login_tokens(tx, now);
    if (account_store::count_login_tokens(tx, row.user_id) >= kMaxOpen) {
      return Error(Errc::limit_exceeded, "Use the login tokens that you have, or wait until they end.")
          .with_retry_after(life);
    }
    if (when) {
      TRY(when(tx));
    }
    if (!row.device_id.empty()) {
      // It may have been signed out since its token was looked at: then nothing would end what is written now.
      if (!account_store::find_device(tx, row.user_id, row.device_id))
        return Error(Errc::unknown_token, "This device has been signed out.").with_member("soft_logout", false);
      row.origin = sso_store::origin_of(tx, row.user_id, row.device_id);
    }
    account_store::insert_login_token(tx, row);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write, {.savepoint = true}));
  co_return token;
}

Task<LoginTokens::Redeemed> LoginTokens::redeem(std::string token, TakenBy taken_by) {
  if (!looks_like_token(token, kLoginTokenPrefix)) co_return no_such_login_token();
  const auto hash = stored_hash(token, taken_by);
  const auto now = clock_.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Redeemed> {
    auto row = account_store::find_login_token(tx, hash);
    if (!row || row->expires_ms <= now) return no_such_login_token();
    const auto account = account_store::find_account(tx, row->user_id);
    if (!account || account->deactivated) return no_such_login_token();
    if (account->locked) return account_is_locked();
    if (row->origin.none()) account_store::delete_login_token(tx, hash);
    return Redeemed{.user_id = std::move(row->user_id),
                    .token_hash = hash,
                    .origin = std::move(row->origin),
                    .asked_by = std::move(row->device_id)};
  };
  co_return co_await db_.write(write);
}

Result<Unit> LoginTokens::use(store::Tx& tx, const Redeemed& redeemed, const std::string& device_id) {
  const auto& asker = redeemed.asked_by;
  if (!asker.empty() && !account_store::find_device(tx, redeemed.user_id, asker)) return no_such_login_token();
  if (redeemed.origin.none()) return Unit{};
  if (!account_store::delete_login_token(tx, redeemed.token_hash)) return no_such_login_token();
  sso_store::put_session(tx, {.user_id = redeemed.user_id, .device_id = device_id, .origin = redeemed.origin});
  return Unit{};
}

Result<Unit> LoginTokens::use_without_device(store::Tx& tx, const Redeemed& redeemed) {
  if (redeemed.origin.none() || !account_store::delete_login_token(tx, redeemed.token_hash))
    return no_such_login_token();
  return Unit{};
}

}  // namespace troupe::homeserver::accounts
