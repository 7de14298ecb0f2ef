#include "identity/anchor_store.h"

#include <algorithm>

#include "identity/identity_store.h"
#include "store/columns.h"
#include "store/in_pieces.h"

namespace troupe::identity::anchor_store {
namespace {

using store::column;
using store::sql;

constexpr auto kAnchor =
    store::columns(column("id", &Anchored::id), column("kind", &Anchored::kind), column("place", &Anchored::place),
                   column("head", &Anchored::head), column("last_id", &Anchored::last_id),
                   column("record_ms", &Anchored::record_ms), column("at_ms", &Anchored::at_ms));
constexpr auto kInsertAnchor = store::insert("id_audit_anchor", kAnchor, "tenant_id", "proof");
constexpr auto kNewest =
    sql("SELECT ", kAnchor, " FROM id_audit_anchor WHERE tenant_id = ?1 ORDER BY last_id DESC, id DESC LIMIT ?2");
constexpr auto kKept = store::columns(store::part(&Kept::anchor, kAnchor), column("tenant_id", &Kept::tenant_id),
                                      column<store::Bytes>("proof", &Kept::proof));
constexpr auto kAnchorPage =
    sql("SELECT ", kKept, " FROM id_audit_anchor WHERE tenant_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
constexpr auto kLastOf =
    sql("SELECT ", kAnchor,
        " FROM id_audit_anchor WHERE tenant_id = ?1 AND kind = ?2 ORDER BY last_id DESC, id DESC LIMIT 1");
constexpr std::string_view kOldestBehind =
    "SELECT at_ms FROM id_audit WHERE tenant_id = ?1 AND id > ?2 AND id > COALESCE((SELECT c.base_id FROM "
    "id_audit_chain c WHERE c.tenant_id = ?1), 0) ORDER BY id LIMIT 1";

constexpr auto kHead =
    store::columns(column("tenant_id", &anchors::Head::tenant_id), column("last_id", &anchors::Head::last_id),
                   column("head", &anchors::Head::hash), column("record_ms", &anchors::Head::record_ms));
constexpr std::string_view kDue =
    "SELECT c.tenant_id, c.last_id, c.head, COALESCE((SELECT r.at_ms FROM id_audit r WHERE r.id = c.last_id), 0) "
    "FROM id_audit_chain c WHERE c.tenant_id > ?3 AND NOT EXISTS (SELECT 1 FROM id_audit_anchor a "
    "WHERE a.tenant_id = c.tenant_id AND a.kind = ?1 AND a.at_ms > ?2 AND a.at_ms <= ?5) AND NOT EXISTS (SELECT 1 FROM "
    "id_audit_anchor b WHERE b.tenant_id = c.tenant_id AND b.last_id = c.last_id AND b.kind = ?1) "
    "ORDER BY c.tenant_id LIMIT ?4";

}  // namespace

std::vector<anchors::Head> due(store::Connection& c, std::string_view kind, const Young& young,
                               std::int64_t after_tenant, std::int64_t limit) {
  return store::all(c.query(kDue, kind, young.since, after_tenant, limit, young.until), kHead);
}

void insert(store::Tx& tx, const Kept& kept) {
  auto anchor = kept.anchor;
  anchor.id = next_id(tx, "audit_anchor");
  store::run_insert(tx, kInsertAnchor, kAnchor, anchor, kept.tenant_id, store::Value::blob(kept.proof));
}

std::vector<Anchored> newest(store::Connection& c, std::int64_t tenant_id, std::int64_t most) {
  auto found = store::all(c.query(kNewest, tenant_id, most), kAnchor);
  std::ranges::reverse(found);
  return found;
}

std::optional<Anchored> last_of(store::Connection& c, std::int64_t tenant_id, std::string_view kind) {
  auto found = store::all(c.query(kLastOf, tenant_id, kind), kAnchor);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

base::UnixMs oldest_behind(store::Connection& c, std::int64_t tenant_id, std::int64_t last_id) {
  const auto found = store::values<base::UnixMs>(c.query(kOldestBehind, tenant_id, last_id));
  return found.empty() ? 0 : found.front();
}

std::vector<Kept> page(store::Connection& c, std::int64_t tenant_id, std::int64_t after, std::int64_t limit) {
  return store::all(c.query(kAnchorPage, tenant_id, after, limit), kKept);
}

std::string proof(store::Connection& c, std::int64_t tenant_id, std::int64_t id) {
  std::string out;
  auto rows = c.query("SELECT proof FROM id_audit_anchor WHERE tenant_id = ?1 AND id = ?2", tenant_id, id);
  if (rows.next()) rows >> store::blob(out);
  return out;
}

std::int64_t delete_gone(store::Tx& tx, base::UnixMs before) {
  return std::ssize(store::values<std::int64_t>(
      tx.query("DELETE FROM id_audit_anchor WHERE id IN (SELECT a.id FROM id_audit_anchor a "
               "JOIN id_audit_chain c ON c.tenant_id = a.tenant_id WHERE a.last_id < c.base_id "
               "AND a.record_ms < ?1 LIMIT ?2) RETURNING id",
               before, static_cast<std::int64_t>(store::kPiece))));
}

}  // namespace troupe::identity::anchor_store
