// Locking and suspending accounts, for administrators of the server (Client-Server API 1.18 #server-administration).
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/common/client_route.h"

namespace troupe::homeserver::accounts {
namespace {

/// The account a request is about. Errors: invalid_param (another server's), not_found.
Task<matrix::Account> target_of(AccountService& accounts, const net::route::Call& call) {
  const auto& user = call.param("user_id");
  if (!user.starts_with('@') || accounts.resolve_user(user) != user) {
    co_return Error(Errc::invalid_param, "Give the full id of an account of this server.");
  }
  CO_TRY(auto account, co_await accounts.find(user));
  if (account.deactivated) co_return Error(Errc::not_found, "This account has been deactivated.");
  co_return account;
}

Task<net::http::Response> get_lock(AccountService& accounts, net::route::Call& call) {
  CO_TRY(const auto account, co_await target_of(accounts, call));
  co_return api::answer(Lock{.locked = account.locked});
}

Task<net::http::Response> put_lock(AccountService& accounts, net::route::Call& call) {
  CO_TRY(const auto wanted, api::body_of<Lock>(call));
  CO_TRY(const auto account, co_await target_of(accounts, call));
  if (wanted.locked && account.admin) {
    co_return Error(Errc::forbidden, "Administrators, yourself included, cannot be locked.");
  }
  CO_TRY(co_await accounts.set_locked(account.user_id, wanted.locked));
  co_return api::answer(wanted);
}

Task<net::http::Response> get_suspension(AccountService& accounts, net::route::Call& call) {
  CO_TRY(const auto account, co_await target_of(accounts, call));
  co_return api::answer(Suspension{.suspended = account.suspended});
}

Task<net::http::Response> put_suspension(AccountService& accounts, net::route::Call& call) {
  CO_TRY(const auto wanted, api::body_of<Suspension>(call));
  CO_TRY(const auto account, co_await target_of(accounts, call));
  if (wanted.suspended && account.admin) {
    co_return Error(Errc::forbidden, "Administrators, yourself included, cannot be suspended.");
  }
  CO_TRY(co_await accounts.set_suspended(account.user_id, wanted.suspended));
  co_return api::answer(wanted);
}

}  // namespace

void add_moderation_routes(net::route::Router& router, AccountService& accounts) {
  const auto group = matrix_group(
      router, {.prefix = std::string(kClientV1) + "/admin/lock/{user_id}", .needs = net::route::Access::admin});
  group.add({.method = "GET", .reply = api::schema_text<Lock>(), .run = api::bind(get_lock, accounts)});
  group.add({.method = "PUT",
             .body = api::schema_text<Lock>(),
             .max_body_bytes = 16UL * 1024,
             .reply = api::schema_text<Lock>(),
             .run = api::bind(put_lock, accounts)});

  const auto suspension = matrix_group(
      router, {.prefix = std::string(kClientV1) + "/admin/suspend/{user_id}", .needs = net::route::Access::admin});
  suspension.add(
      {.method = "GET", .reply = api::schema_text<Suspension>(), .run = api::bind(get_suspension, accounts)});
  suspension.add({.method = "PUT",
                  .body = api::schema_text<Suspension>(),
                  .max_body_bytes = 16UL * 1024,
                  .reply = api::schema_text<Suspension>(),
                  .run = api::bind(put_suspension, accounts)});
}

}  // namespace troupe::homeserver::accounts
