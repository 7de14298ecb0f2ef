#include "identity/tenants.h"

#include "base/encoding.h"
#include "base/field_errors.h"
#include "identity/identity_store.h"

namespace troupe::identity {
namespace {

Result<Unit> check_name(std::string_view name) {
  bool blank = std::ranges::all_of(name, [](char c) { return c == ' '; });
  if (blank || name.size() > Tenants::kMaxNameBytes || !base::is_utf8(name) || name.find('\0') != name.npos) {
    return base::field_error("/name", "A tenant's name must have 1 to 100 bytes and not be blank.");
  }
  return Unit{};
}

Error taken(const std::string& name) {
  return base::field_error("/name", "There is a tenant named " + name + " already.", Errc::conflict);
}
Error unknown() { return Error(Errc::not_found, "There is no such tenant."); }

}  // namespace

Task<std::vector<Tenant>> Tenants::list() {
  auto look = [](store::Connection& c) -> Result<std::vector<Tenant>> { return tenants(c); };
  co_return co_await db_.read(look);
}

Task<Tenant> Tenants::create(std::string name) {
  CO_TRY(check_name(name));
  const auto now = clock_.unix_ms();
  auto make = [&](store::Tx& tx) -> Result<Tenant> {
    auto all = tenants(tx);
    if (std::ssize(all) >= kMaxTenants) return Error(Errc::limit_exceeded, "There are 1,000 tenants already.");
    if (std::ranges::find(all, name, &Tenant::name) != all.end()) return taken(name);
    Tenant made{.id = next_id(tx, "tenant"), .name = name, .principals = 0, .created_ms = now};
    insert_tenant(tx, made);
    return made;
  };
  co_return co_await db_.write(make);
}

Task<Tenant> Tenants::rename(std::int64_t id, std::string name) {
  CO_TRY(check_name(name));
  auto change = [&](store::Tx& tx) -> Result<Tenant> {
    auto all = tenants(tx);
    auto found = std::ranges::find(all, id, &Tenant::id);
    if (found == all.end()) return unknown();
    auto same = std::ranges::find(all, name, &Tenant::name);
    if (same != all.end() && same != found) return taken(name);
    rename_tenant(tx, id, name);
    found->name = name;
    return *found;
  };
  co_return co_await db_.write(change);
}

Task<Principal> Tenants::move(std::string user_id, std::int64_t tenant_id) {
  auto change = [&](store::Tx& tx) -> Result<Principal> {
    auto found = principal_by_user(tx, user_id);
    if (!found) return Error(Errc::not_found, "No account " + user_id + " is known here.");
    auto all = tenants(tx);
    if (std::ranges::find(all, tenant_id, &Tenant::id) == all.end()) return unknown();
    if (found->tenant_id == tenant_id) return *std::move(found);
    move_principal(tx, found->id, tenant_id);
    delete_sessions_of(tx, found->id);
    if (tenant_id == kDefaultTenant && found->role == net::route::Role::admin) {
      found->role = net::route::Role::member;
      update_role(tx, found->id, found->role);
    }
    found->tenant_id = tenant_id;
    return *std::move(found);
  };
  co_return co_await db_.write(change);
}

}  // namespace troupe::identity
