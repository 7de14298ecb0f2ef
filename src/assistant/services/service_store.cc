#include "assistant/services/service_store.h"

#include "store/columns.h"

namespace troupe::assistant::services::service_store {
namespace {

using store::column;
using store::sql;

constexpr auto kRow = store::columns(
    column("tenant_id", &Row::tenant_id), column("service", &Row::service), column("enabled", &Row::enabled),
    column("base_url", &Row::base_url), column("base_private", &Row::base_private),
    column<store::BytesOrNull>("sealed_secrets", &Row::sealed_secrets), column("approver", &Row::approver),
    column<store::Json>("approvers", &Row::approvers), column("updated_ms", &Row::updated_ms));
constexpr auto kOfTenant = sql("SELECT ", kRow, " FROM as_service WHERE tenant_id = ?1 ORDER BY service");
constexpr auto kFind = sql("SELECT ", kRow, " FROM as_service WHERE tenant_id = ?1 AND service = ?2");
constexpr auto kPut = sql(store::insert("as_service", kRow),
                          " ON CONFLICT (tenant_id, service) DO UPDATE SET enabled = excluded.enabled, "
                          "base_url = excluded.base_url, base_private = excluded.base_private, "
                          "sealed_secrets = excluded.sealed_secrets, approver = excluded.approver, "
                          "approvers = excluded.approvers, updated_ms = excluded.updated_ms");
constexpr std::string_view kRemove = "DELETE FROM as_service WHERE tenant_id = ?1 AND service = ?2";
constexpr std::string_view kGrant = "SELECT sealed FROM as_grant WHERE account = ?1";
constexpr std::string_view kPutGrant =
    "INSERT INTO as_grant (account, sealed, updated_ms) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, updated_ms = excluded.updated_ms";
constexpr std::string_view kRemoveGrant = "DELETE FROM as_grant WHERE account = ?1";

}  // namespace

std::vector<Row> of_tenant(store::Connection& c, std::int64_t tenant_id) {
  return store::all(c.query(kOfTenant, tenant_id), kRow);
}

std::optional<Row> find(store::Connection& c, std::int64_t tenant_id, std::string_view service) {
  return store::one(c.query(kFind, tenant_id, service), kRow);
}

void put(store::Tx& tx, const Row& row) { store::run_insert(tx, kPut, kRow, row); }

void remove(store::Tx& tx, std::int64_t tenant_id, std::string_view service) { tx.run(kRemove, tenant_id, service); }

std::string grant(store::Connection& c, std::string_view account) {
  std::string sealed;
  auto rows = c.query(kGrant, account);
  if (rows.next()) rows >> store::blob(sealed);
  return sealed;
}

void put_grant(store::Tx& tx, std::string_view account, std::string_view sealed, base::UnixMs now) {
  tx.run(kPutGrant, account, store::Value::blob(sealed), now);
}

void remove_grant(store::Tx& tx, std::string_view account) { tx.run(kRemoveGrant, account); }

}  // namespace troupe::assistant::services::service_store
