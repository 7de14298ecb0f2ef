#include "identity/principals.h"

#include "identity/identity_store.h"
#include "matrix/ids.h"

namespace troupe::identity {
namespace {

PrincipalKind kind_of(matrix::AccountKind kind) {
  switch (kind) {
    case matrix::AccountKind::person:
      return PrincipalKind::person;
    case matrix::AccountKind::bot:
      return PrincipalKind::bot;
    case matrix::AccountKind::service:
      return PrincipalKind::service;
  }
  return PrincipalKind::person;
}

/// The role that goes with the account's admin flag; operators stay operators. Outside the default tenant the flag
/// means nothing: whoever administers a tenant does not administer the server.
net::route::Role role_for(const Principal& present, bool flag) {
  if (present.tenant_id != kDefaultTenant) return present.role;
  if (flag) return net::route::Role::admin;
  return present.role == net::route::Role::admin ? net::route::Role::member : present.role;
}

bool usable(const matrix::Account& account) { return !account.deactivated && !account.locked; }

/// Whether the stored principal already says what the account says.
bool is_current(const std::optional<Principal>& stored, const matrix::Account& account) {
  return stored && stored->role == role_for(*stored, account.admin) &&
         stored->disabled_ms.has_value() == !usable(account) && stored->suspended == account.suspended;
}

}  // namespace

Result<Principal> Principals::for_account_once(store::Tx& tx, const matrix::Account& account, std::int64_t first_tenant,
                                               base::UnixMs now) {
  auto found = principal_by_user(tx, account.user_id);
  if (!found) {
    auto parts = matrix::parse_user_id(account.user_id);
    if (!parts) return Error(Errc::invalid_param, "Not a Matrix user id: " + account.user_id);
    Principal made{.id = next_id(tx, "principal"),
                   .tenant_id = first_tenant,
                   .kind = kind_of(account.kind),
                   .user_id = account.user_id,
                   .name = std::string(parts->localpart),
                   .role = net::route::Role::member,
                   .disabled_ms = std::nullopt,
                   .suspended = account.suspended,
                   .created_ms = now};
    insert_principal(tx, made);
    found = std::move(made);
  }
  bring_up_to_date(tx, *found, account, now);
  return *std::move(found);
}

void Principals::bring_up_to_date(store::Tx& tx, Principal& principal, const matrix::Account& account,
                                  base::UnixMs now) {
  if (auto role = role_for(principal, account.admin); role != principal.role) {
    update_role(tx, principal.id, role);
    principal.role = role;
  }
  if (principal.suspended != account.suspended) {
    update_suspended(tx, principal.id, account.suspended);
    principal.suspended = account.suspended;
  }
  if (principal.disabled_ms.has_value() != usable(account)) return;
  principal.disabled_ms = usable(account) ? std::nullopt : std::optional(now);
  update_disabled(tx, principal.id, principal.disabled_ms);
  if (!principal.disabled_ms) return;
  delete_sessions_of(tx, principal.id);
  if (account.deactivated) revoke_api_keys_of(tx, principal.id, now);
}

void Principals::follow(store::Tx& tx, const matrix::Account& account, base::UnixMs now) {
  auto found = principal_by_user(tx, account.user_id);
  if (found) bring_up_to_date(tx, *found, account, now);
}

Task<Principal> Principals::for_account(matrix::Account account, std::int64_t first_tenant) {
  std::vector<matrix::Account> one;
  one.push_back(account);
  CO_TRY(auto found, co_await known_or_made(std::move(one), first_tenant));
  co_return std::move(found.at(account.user_id));
}

Task<std::map<std::string, Principal>> Principals::for_accounts(std::vector<matrix::Account> accounts) {
  co_return co_await known_or_made(std::move(accounts), kDefaultTenant);
}

Task<std::map<std::string, Principal>> Principals::known_or_made(std::vector<matrix::Account> accounts,
                                                                 std::int64_t first_tenant) {
  using Map = std::map<std::string, Principal>;
  auto look = [&](store::Connection& c) -> Result<std::optional<Map>> {
    Map found;
    for (const auto& account : accounts) {
      auto stored = principal_by_user(c, account.user_id);
      if (!is_current(stored, account)) return std::nullopt;
      found.emplace(account.user_id, *std::move(stored));
    }
    return found;
  };
  CO_TRY(auto known, co_await db_.read(look));
  if (known) co_return *std::move(known);
  const auto now = clock_.unix_ms();
  auto make = [&](store::Tx& tx) -> Result<Map> {
    Map made;
    for (const auto& account : accounts) {
      TRY(auto principal, for_account_once(tx, account, first_tenant, now));
      made.emplace(account.user_id, std::move(principal));
    }
    return made;
  };
  co_return co_await db_.write(make, {.savepoint = true});
}

Task<std::int64_t> Principals::tenant_of(std::string user_id) {
  auto look = [&](store::Connection& c) -> Result<std::int64_t> {
    auto found = principal_by_user(c, user_id);
    return found ? found->tenant_id : kDefaultTenant;
  };
  co_return co_await db_.read(look);
}

Task<bool> Principals::any_in_tenant(std::int64_t tenant_id, std::vector<std::string> user_ids) {
  auto look = [&](store::Connection& c) -> Result<bool> {
    return std::ranges::any_of(user_ids, [&](const std::string& user_id) {
      auto found = principal_by_user(c, user_id);
      return found && found->tenant_id == tenant_id;
    });
  };
  co_return co_await db_.read(look);
}

Task<Principal> Principals::by_user(std::string user_id) {
  auto look = [&](store::Connection& c) -> Result<Principal> {
    auto found = principal_by_user(c, user_id);
    if (!found) return Error(Errc::not_found, "No account " + user_id + " is known here.");
    return *std::move(found);
  };
  co_return co_await db_.read(look);
}

Task<Principal> Principals::by_id(std::int64_t tenant_id, std::int64_t id) {
  auto look = [&](store::Connection& c) -> Result<Principal> {
    auto found = principal_by_id(c, tenant_id, id);
    if (!found) return Error(Errc::not_found, "Whoever this was is not known here any more.");
    return *std::move(found);
  };
  co_return co_await db_.read(look);
}

Task<std::vector<std::string>> Principals::in_tenant(std::int64_t tenant_id, std::int64_t limit) {
  auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> {
    return users_of_tenant(c, tenant_id, limit);
  };
  co_return co_await db_.read(look);
}

Task<std::vector<std::string>> Principals::with_role(std::int64_t tenant_id, net::route::Role role) {
  auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> {
    return users_with_role(c, tenant_id, role);
  };
  co_return co_await db_.read(look);
}

Task<Principal> Principals::set_role(std::string user_id, net::route::Role role) {
  auto change = [&](store::Tx& tx) -> Result<Principal> {
    auto found = principal_by_user(tx, user_id);
    if (!found) return Error(Errc::not_found, "No account " + user_id + " is known here.");
    update_role(tx, found->id, role);
    found->role = role;
    return *std::move(found);
  };
  co_return co_await db_.write(change);
}

Task<Unit> Principals::disable(std::string user_id) {
  const auto now = clock_.unix_ms();
  auto change = [&](store::Tx& tx) -> Result<Unit> {
    auto found = principal_by_user(tx, user_id);
    if (!found) return Error(Errc::not_found, "No account " + user_id + " is known here.");
    update_disabled(tx, found->id, now);
    delete_sessions_of(tx, found->id);
    revoke_api_keys_of(tx, found->id, now);
    return Unit{};
  };
  co_return co_await db_.write(change);
}

Result<Principal> Principals::service_now(std::string_view name, net::route::Role role) {
  Principal service;
  const auto now = clock_.unix_ms();
  auto ensure = [&](store::Tx& tx) -> Result<Unit> {
    if (auto found = service_by_name(tx, kDefaultTenant, name)) {
      if (found->role != role) update_role(tx, found->id, role);
      service = *std::move(found);
      service.role = role;
      return Unit{};
    }
    service = {.id = next_id(tx, "principal"),
               .tenant_id = kDefaultTenant,
               .kind = PrincipalKind::service,
               .user_id = {},
               .name = std::string(name),
               .role = role,
               .disabled_ms = std::nullopt,
               .created_ms = now};
    insert_principal(tx, service);
    return Unit{};
  };
  TRY(db_.write_now(ensure));
  return service;
}

}  // namespace troupe::identity
