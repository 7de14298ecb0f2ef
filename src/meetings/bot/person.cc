#include "meetings/bot/person.h"

namespace troupe::meetings::bot {
namespace {

Error stranger() {
  return Error(Errc::forbidden, "I work for people who have an account here, and I do not find yours.");
}

}  // namespace

bool is_ours(const Error& error) {
  const auto code = error.code();
  return code == Errc::unavailable || code == Errc::timed_out || code == Errc::internal;
}

Task<identity::Principal> person_of(PersonUses uses, std::string user_id, std::int64_t tenant_id) {
  auto account = co_await uses.accounts.account(user_id);
  if (!account && is_ours(account.error())) co_return std::unexpected(std::move(account).error());
  if (!account || account->user_id != user_id || account->kind != matrix::AccountKind::person || account->deactivated) {
    co_return stranger();
  }
  if (account->locked || account->suspended) {
    co_return Error(Errc::forbidden, "Your account is locked or suspended; I may not work for it.");
  }
  CO_TRY(auto principal, co_await uses.principals.for_account(*std::move(account)));
  if (principal.tenant_id != tenant_id || principal.disabled_ms) co_return stranger();
  co_return principal;
}

}  // namespace troupe::meetings::bot
