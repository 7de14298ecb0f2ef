#include "console/people/reached_user.h"

#include "net/route/params.h"

namespace troupe::console::people {
namespace {

/// A console session's number; nothing for another device id.
std::optional<std::int64_t> console_session(std::string_view device_id) {
  if (!device_id.starts_with(kConsoleDevice)) return std::nullopt;
  device_id.remove_prefix(kConsoleDevice.size());
  return net::route::whole_number(device_id);
}

}  // namespace

Task<Unit> ReachedUser::keep_an_admin() const {
  const auto& account = entry_.account;
  if (!account.admin || account.deactivated || account.locked) co_return Unit{};
  matrix::AccountQuery admins{.admin = true, .locked = false, .deactivated = false, .limit = 1};
  CO_TRY(auto found, co_await parts_->accounts.accounts(std::move(admins)));
  if (found.total > 1) co_return Unit{};
  co_return Error(Errc::conflict, account.user_id + " is the last administrator. Make another one first.");
}

Task<UserEntry> ReachedUser::entry_with_ways_in() const {
  UserEntry entry = entry_;
  CO_TRY(auto ways, co_await parts_->accounts.ways_in(user_id()));
  if (!ways) co_return entry;
  entry.has_password = ways->password;
  entry.identities = std::move(ways->identities);
  co_return entry;
}

Task<Unit> ReachedUser::set_display_name(std::string name) const {
  return parts_->accounts.set_display_name(user_id(), std::move(name));
}

Task<Unit> ReachedUser::give_role(net::route::Role role) const {
  CO_TRY(check_may_give(reach_, role));
  if (role != net::route::Role::admin) {
    if (is_own() && entry_.principal.role == net::route::Role::admin) {
      co_return Error(Errc::conflict, "You cannot take the role admin from yourself. Another administrator can.");
    }
    CO_TRY(co_await keep_an_admin());
  }
  const bool flag = role == net::route::Role::admin && entry_.principal.tenant_id == identity::kDefaultTenant;
  if (entry_.account.admin != flag) {
    CO_TRY(co_await parts_->accounts.set_admin(user_id(), flag));
  }
  CO_TRY(co_await parts_->principals.set_role(user_id(), role));
  co_return Unit{};
}

Task<Unit> ReachedUser::set_password(PasswordChange change) const {
  CO_TRY(check_may_enter());
  CO_TRY(co_await parts_->accounts.set_password(user_id(), std::move(change.password), change.logout_devices));
  if (change.logout_devices) {
    CO_TRY(co_await parts_->sessions.end_all(entry_.principal.id));
  }
  if (change.revoke_keys) {
    CO_TRY(co_await parts_->api_keys.revoke_all(entry_.principal.id));
  }
  co_return Unit{};
}

Task<Unit> ReachedUser::set_locked(bool locked) const {
  if (locked && is_own()) {
    co_return Error(Errc::conflict, "You cannot lock your own account. Another administrator can.");
  }
  if (entry_.account.deactivated) {
    co_return Error(Errc::conflict, "This account was closed for ever. It can be neither locked nor opened again.");
  }
  if (locked) {
    CO_TRY(co_await keep_an_admin());
  }
  CO_TRY(co_await parts_->accounts.set_locked(user_id(), locked));
  // A homeserver elsewhere tells nobody.
  CO_TRY(auto account, co_await parts_->accounts.account(user_id()));
  CO_TRY(co_await parts_->principals.for_account(std::move(account)));
  co_return Unit{};
}

Task<Unit> ReachedUser::close() const {
  if (is_own()) co_return Error(Errc::conflict, "You cannot close your own account here. Another administrator can.");
  CO_TRY(co_await keep_an_admin());
  CO_TRY(co_await parts_->accounts.deactivate(user_id()));
  co_return co_await parts_->principals.disable(user_id());
}

Result<Unit> ReachedUser::check_move(std::int64_t tenant) const {
  if (reach_.within) {
    return Error(Errc::forbidden, "Only administrators of the default tenant move accounts between tenants.");
  }
  if (is_own() && tenant != entry_.principal.tenant_id) {
    return Error(Errc::conflict, "You cannot move your own account. Another administrator can.");
  }
  return Unit{};
}

Task<Unit> ReachedUser::move(std::int64_t tenant) const {
  CO_TRY(check_move(tenant));
  if (entry_.principal.tenant_id == tenant) co_return Unit{};
  CO_TRY(auto all, co_await parts_->tenants.list());
  if (std::ranges::find(all, tenant, &identity::Tenant::id) == all.end()) {
    co_return Error(Errc::not_found, "There is no such tenant.");
  }
  // The flag goes first: in between, the account may do less than before and than afterwards.
  if (entry_.account.admin) {
    CO_TRY(co_await parts_->accounts.set_admin(user_id(), false));
  }
  CO_TRY(co_await parts_->tenants.move(user_id(), tenant));
  if (entry_.principal.role == net::route::Role::admin && tenant != identity::kDefaultTenant) {
    CO_TRY(co_await parts_->principals.set_role(user_id(), net::route::Role::admin));
  }
  co_return Unit{};
}

Task<SignedIn> ReachedUser::sessions() const {
  SignedIn where;
  CO_TRY(where.devices, co_await parts_->accounts.sessions(user_id()));
  CO_TRY(where.consoles, co_await parts_->sessions.list(entry_.principal.id));
  co_return where;
}

Task<Unit> ReachedUser::end_session(std::string device_id) const {
  // A device may carry such a name, too: ours is looked for first.
  if (auto number = console_session(device_id)) {
    auto done = co_await parts_->sessions.end_one(entry_.principal.id, *number);
    if (done || done.error().code() != Errc::not_found) co_return done;
  }
  co_return co_await parts_->accounts.end_session(user_id(), std::move(device_id));
}

Task<Unit> ReachedUser::end_all_sessions() const {
  CO_TRY(co_await parts_->accounts.end_all_sessions(user_id()));
  co_return co_await parts_->sessions.end_all(entry_.principal.id);
}

}  // namespace troupe::console::people
