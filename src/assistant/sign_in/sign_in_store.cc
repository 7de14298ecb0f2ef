#include "assistant/sign_in/sign_in_store.h"

#include "store/columns.h"
#include "store/in_pieces.h"

namespace troupe::assistant::sign_in::sign_in_store {
namespace {

using store::column;
using store::sql;

constexpr auto kRow =
    store::columns(column("state_hash", &Pending::state_hash), column("service", &Pending::service),
                   column<store::BytesOrNull>("sealed", &Pending::sealed), column("expires_ms", &Pending::expires_ms));
constexpr auto kInsert = store::insert("as_sign_in", kRow, "tenant_id", "principal_id", "credential");
constexpr auto kFind = sql("SELECT ", kRow,
                           " FROM as_sign_in WHERE state_hash = ?1 AND tenant_id = ?2 AND principal_id = ?3 "
                           "AND credential = ?4 AND service = ?5 AND expires_ms > ?6");

}  // namespace

void put(store::Tx& tx, const Pending& pending) {
  const auto& who = pending.who;
  tx.run(
      "DELETE FROM as_sign_in WHERE state_hash IN (SELECT state_hash FROM as_sign_in WHERE tenant_id = ?1 "
      "AND principal_id = ?2 ORDER BY expires_ms DESC, state_hash LIMIT ?4 OFFSET ?3)",
      who.tenant_id, who.principal_id, kMaxPending - 1, static_cast<std::int64_t>(store::kPiece));
  store::run_insert(tx, kInsert, kRow, pending, who.tenant_id, who.principal_id, who.credential);
}

std::optional<Pending> take(store::Tx& tx, const std::string& state_hash, const Beginner& who, std::string_view service,
                            base::UnixMs now) {
  auto found =
      store::one(tx.query(kFind, state_hash, who.tenant_id, who.principal_id, who.credential, service, now), kRow);
  if (found) {
    tx.run("DELETE FROM as_sign_in WHERE state_hash = ?1", state_hash);
    found->who = who;
  }
  return found;
}

void sweep(store::Tx& tx, base::UnixMs now) {
  tx.run(
      "DELETE FROM as_sign_in WHERE state_hash IN (SELECT state_hash FROM as_sign_in "
      "WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2)",
      now, static_cast<std::int64_t>(store::kPiece));
}

}  // namespace troupe::assistant::sign_in::sign_in_store
