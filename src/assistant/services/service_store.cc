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
constexpr auto kToolList =
    store::columns(column("tenant_id", &ToolListRow::tenant_id), column("service", &ToolListRow::service),
                   column("address", &ToolListRow::address), column("tools", &ToolListRow::tools),
                   column("listed_ms", &ToolListRow::listed_ms));
constexpr auto kToolLists = sql("SELECT ", kToolList, " FROM as_tool_list WHERE tenant_id = ?1 ORDER BY service");
constexpr auto kFindToolList = sql("SELECT ", kToolList, " FROM as_tool_list WHERE tenant_id = ?1 AND service = ?2");
constexpr auto kPutToolList = sql(store::insert("as_tool_list", kToolList),
                                  " ON CONFLICT (tenant_id, service) DO UPDATE SET address = excluded.address, "
                                  "tools = excluded.tools, listed_ms = excluded.listed_ms");
constexpr auto kFound = store::columns(column("tenant_id", &FoundRow::tenant_id), column("service", &FoundRow::service),
                                       column("address", &FoundRow::address), column("found", &FoundRow::found),
                                       column("found_ms", &FoundRow::found_ms));
constexpr auto kFoundOfTenant = sql("SELECT ", kFound, " FROM as_found_sign_in WHERE tenant_id = ?1 ORDER BY service");
constexpr auto kPutFound = sql(store::insert("as_found_sign_in", kFound),
                               " ON CONFLICT (tenant_id, service) DO UPDATE SET address = excluded.address, "
                               "found = excluded.found, found_ms = excluded.found_ms");
constexpr auto kTurn = store::columns(column("holder", &Turn::holder), column("word", &Turn::word));
constexpr auto kFindTurn = sql("SELECT ", kTurn, " FROM as_grant_turn WHERE account = ?1");
constexpr auto kPutTurn = sql(store::insert("as_grant_turn", kTurn, "account"),
                              " ON CONFLICT (account) DO UPDATE SET holder = excluded.holder, word = excluded.word");
constexpr std::string_view kRemoveTurn = "DELETE FROM as_grant_turn WHERE account = ?1 AND holder = ?2";

}  // namespace

std::vector<Row> of_tenant(store::Connection& c, std::int64_t tenant_id) {
  return store::all(c.query(kOfTenant, tenant_id), kRow);
}

std::optional<Row> find(store::Connection& c, std::int64_t tenant_id, std::string_view service) {
  return store::one(c.query(kFind, tenant_id, service), kRow);
}

void put(store::Tx& tx, const Row& row) { store::run_insert(tx, kPut, kRow, row); }

void remove(store::Tx& tx, std::int64_t tenant_id, std::string_view service) {
  tx.run("DELETE FROM as_service WHERE tenant_id = ?1 AND service = ?2", tenant_id, service);
}

std::optional<ToolListRow> tool_list(store::Connection& c, std::int64_t tenant_id, std::string_view service) {
  return store::one(c.query(kFindToolList, tenant_id, service), kToolList);
}

std::vector<ToolListRow> tool_lists(store::Connection& c, std::int64_t tenant_id) {
  return store::all(c.query(kToolLists, tenant_id), kToolList);
}

void put_tool_list(store::Tx& tx, const ToolListRow& row) { store::run_insert(tx, kPutToolList, kToolList, row); }

void remove_tool_list(store::Tx& tx, std::int64_t tenant_id, std::string_view service) {
  tx.run("DELETE FROM as_tool_list WHERE tenant_id = ?1 AND service = ?2", tenant_id, service);
}

std::vector<FoundRow> found_sign_ins(store::Connection& c, std::int64_t tenant_id) {
  return store::all(c.query(kFoundOfTenant, tenant_id), kFound);
}

void put_found_sign_in(store::Tx& tx, const FoundRow& row) { store::run_insert(tx, kPutFound, kFound, row); }

void remove_found_sign_in(store::Tx& tx, std::int64_t tenant_id, std::string_view service) {
  tx.run("DELETE FROM as_found_sign_in WHERE tenant_id = ?1 AND service = ?2", tenant_id, service);
}

std::string grant(store::Connection& c, std::string_view account) {
  std::string sealed;
  auto rows = c.query("SELECT sealed FROM as_grant WHERE account = ?1", account);
  if (rows.next()) rows >> store::blob(sealed);
  return sealed;
}

void put_grant(store::Tx& tx, std::string_view account, std::string_view sealed, base::UnixMs now) {
  tx.run(
      "INSERT INTO as_grant (account, sealed, updated_ms) VALUES (?1, ?2, ?3) ON CONFLICT (account) "
      "DO UPDATE SET sealed = excluded.sealed, updated_ms = excluded.updated_ms",
      account, store::Value::blob(sealed), now);
}

void remove_grant(store::Tx& tx, std::string_view account) {
  tx.run("DELETE FROM as_grant WHERE account = ?1", account);
}

std::optional<Turn> turn(store::Connection& c, std::string_view account) {
  return store::one(c.query(kFindTurn, account), kTurn);
}

void put_turn(store::Tx& tx, std::string_view account, const Turn& turn) {
  store::run_insert(tx, kPutTurn, kTurn, turn, account);
}

void remove_turn(store::Tx& tx, std::string_view account, std::string_view holder) {
  tx.run(kRemoveTurn, account, holder);
}

}  // namespace troupe::assistant::services::service_store
