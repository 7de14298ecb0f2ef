#include "homeserver/accounts/delegated_proof.h"

#include "homeserver/accounts/delegated_store.h"

namespace troupe::homeserver::accounts {

Task<bool> DelegatedProof::applies_to(std::string user_id, std::string device_id) {
  auto look = [&](store::Connection& connection) -> Result<bool> {
    return delegated_store::find_session(connection, user_id, device_id).has_value();
  };
  co_return co_await db_.read(look);
}

Task<Unit> DelegatedProof::allow_reset(std::string user_id) {
  const auto now = clock_.unix_ms();
  const auto ends = now + std::chrono::milliseconds(kResetLife).count();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    delegated_store::delete_ended_resets(tx, now);
    delegated_store::allow_reset(tx, user_id, ends);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write));
  co_return Unit{};
}

Task<bool> DelegatedProof::reset_is_allowed(std::string user_id) {
  const auto now = clock_.unix_ms();
  auto look = [&](store::Connection& connection) -> Result<bool> {
    return delegated_store::reset_is_allowed(connection, user_id, now);
  };
  co_return co_await db_.read(look);
}

Task<Unit> DelegatedProof::end_reset(std::string user_id) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    delegated_store::end_reset(tx, user_id);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write));
  co_return Unit{};
}

}  // namespace troupe::homeserver::accounts
