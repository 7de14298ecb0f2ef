// Accounts that end by themselves at a time.
#include "base/log.h"
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/validity_store.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::accounts {

Task<Unit> AccountService::set_valid_until(std::string user_id, base::UnixMs until) {
  auto change = [user_id, until, now = parts_.ages.unix_ms()](store::Tx& tx) -> Result<Unit> {
    validity_store::set_valid_until(tx, user_id, until);
    if (until > now) {
      validity_store::unlock_expired(tx, user_id);
    } else {
      validity_store::lock_if_expired(tx, user_id, now);
    }
    return Unit{};
  };
  co_return co_await change_account(user_id, std::move(change));
}

Task<Unit> AccountService::lock_expired() {
  const auto now = parts_.ages.unix_ms();
  auto look = [now](store::Connection& connection) -> Result<std::vector<std::string>> {
    return validity_store::expired(connection, now, store::kPiece);
  };
  CO_TRY(const auto users, co_await parts_.db.read(look));
  for (const auto& user_id : users) {
    auto lock = [user_id, now](store::Tx& tx) -> Result<Unit> {
      validity_store::lock_if_expired(tx, user_id, now);
      return Unit{};
    };
    CO_TRY(co_await change_account(user_id, std::move(lock)));
    base::log_info("homeserver", "an account's time has passed: it is locked", {{"user_id", user_id}});
  }
  co_return Unit{};
}

}  // namespace troupe::homeserver::accounts
