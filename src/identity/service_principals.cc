#include "identity/service_principals.h"

#include "identity/identity_store.h"

namespace troupe::identity {

Task<Principal> ensure_service(store::Database& db, const base::Clock& clock, std::string name) {
  const auto now = clock.unix_ms();
  auto ensure = [&](store::Tx& tx) -> Result<Principal> {
    if (auto found = service_by_name(tx, kDefaultTenant, name)) return *std::move(found);
    Principal made{.id = next_id(tx, "principal"),
                   .tenant_id = kDefaultTenant,
                   .kind = PrincipalKind::service,
                   .user_id = {},
                   .name = name,
                   .role = net::route::Role::member,
                   .disabled_ms = std::nullopt,
                   .created_ms = now};
    insert_principal(tx, made);
    return made;
  };
  co_return co_await db.write(ensure);
}

}  // namespace troupe::identity
