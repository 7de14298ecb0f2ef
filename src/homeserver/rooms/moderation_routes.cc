// Locking accounts, for administrators of the server (Client-Server API 1.18 #server-administration).
#include "homeserver/accounts/account_routes.h"
#include "homeserver/client_route.h"

namespace troupe::homeserver {
namespace {

/// The account a request is about. Errors: invalid_param (another server's), not_found.
Task<matrix::Account> target_of(AccountServices services, const net::Call& call) {
  const auto& user = call.param("user_id");
  if (!user.starts_with('@') || services.accounts.resolve_user(user) != user) {
    co_return Error(Errc::invalid_param, "Give the full id of an account of this server.");
  }
  CO_TRY(auto account, co_await services.accounts.find(user));
  if (account.deactivated) co_return Error(Errc::not_found, "This account has been deactivated.");
  co_return account;
}

Task<net::Response> get_lock(AccountServices services, net::Call& call) {
  CO_TRY(const auto account, co_await target_of(services, call));
  co_return json_response({{"locked", account.locked}});
}

Task<net::Response> put_lock(AccountServices services, net::Call& call) {
  const auto locked = matrix::find_bool(net::body_object(call), "locked");
  if (!locked) co_return Error(Errc::missing_param, "locked must be true or false.");
  CO_TRY(const auto account, co_await target_of(services, call));
  if (*locked && account.admin) {
    co_return Error(Errc::forbidden, "Administrators, yourself included, cannot be locked.");
  }
  CO_TRY(co_await services.accounts.set_locked(account.user_id, *locked));
  co_return json_response({{"locked", *locked}});
}

}  // namespace

void add_moderation_routes(net::Router& router, AccountServices services) {
  const std::string path = "/_matrix/client/v1/admin/lock/{user_id}";
  auto get = matrix_route("GET", path, [services](net::Call& call) { return get_lock(services, call); });
  get.needs = net::Access::admin;
  router.add(std::move(get));
  auto put = matrix_route("PUT", path, [services](net::Call& call) { return put_lock(services, call); });
  put.needs = net::Access::admin;
  put.rate = net::Rate::write;
  put.body = net::Body::json_required;
  put.max_body_bytes = 16 * 1024;
  router.add(std::move(put));
}

}  // namespace troupe::homeserver
