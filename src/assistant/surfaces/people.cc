#include "assistant/surfaces/people.h"

namespace troupe::assistant::surfaces {
namespace {

Error stranger() {
  return Error(Errc::forbidden, "I work for people who have an account here, and I do not find yours.");
}

/// Of the server or of our database: it says nothing about the person.
bool is_ours(Errc code) {
  return code == Errc::unavailable || code == Errc::timed_out || code == Errc::limit_exceeded || code == Errc::internal;
}

}  // namespace

Task<tasks::Who> People::of(std::string user_id, std::int64_t tenant_id) const {
  auto account = co_await uses_.accounts.account(user_id);
  if (!account) {
    if (is_ours(account.error().code())) co_return std::unexpected(std::move(account).error());
    co_return stranger();
  }
  if (account->user_id != user_id || account->kind != matrix::AccountKind::person || account->deactivated) {
    co_return stranger();
  }
  if (account->locked || account->suspended) {
    co_return Error(Errc::forbidden, "Your account is locked or suspended; I may not work for it.");
  }
  CO_TRY(auto principal, co_await uses_.principals.for_account(*std::move(account)));
  if (principal.tenant_id != tenant_id || principal.disabled_ms) co_return stranger();
  co_return tasks::Who{.tenant_id = tenant_id,
                       .principal_id = principal.id,
                       .label = principal.label(),
                       .administrator = principal.role == net::route::Role::admin,
                       .role = principal.role};
}

}  // namespace troupe::assistant::surfaces
