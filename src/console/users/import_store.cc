#include "console/users/import_store.h"

#include "store/words.h"

namespace troupe::console::users::import_store {
namespace {

using namespace store::words;

constexpr auto kImport =
    store::columns(column("import_id", &ImportStatus::import_id), column("tenant_id", &ImportStatus::tenant_id),
                   column("state", &ImportStatus::state), column("reason", &ImportStatus::reason),
                   column("dry_run", &ImportStatus::dry_run), column("room_id", &ImportStatus::room_id),
                   column("total", &ImportStatus::total), column("done", &ImportStatus::done),
                   column("created", &ImportStatus::created), column("existed", &ImportStatus::existed),
                   column("joined", &ImportStatus::joined), column("error", &ImportStatus::error),
                   column("started_ms", &ImportStatus::started_ms), column("finished_ms", &ImportStatus::finished_ms),
                   store::computed("(SELECT CAST(COALESCE(SUM(p.accounts), 0) AS BIGINT) FROM con_import_password p "
                                   "WHERE p.import_id = con_import.import_id)",
                                   &ImportStatus::passwords));
constexpr auto kInsert = store::insert("con_import", kImport, "holder", "seen_ms");
constexpr auto kError = store::columns(column("line", &LineError::line), column("message", &LineError::message));
constexpr auto kInsertError =
    sql(store::insert("con_import_error", kError, "import_id"), " ON CONFLICT (import_id, line) DO NOTHING");
constexpr auto kErrors = sql("SELECT ", kError, " FROM con_import_error WHERE import_id = ?1 ORDER BY line");
/// Ten with the new one.
constexpr std::string_view kForgetOld =
    "DELETE FROM con_import WHERE tenant_id = ?1 AND state <> 0 AND import_id NOT IN (SELECT import_id FROM con_import "
    "WHERE tenant_id = ?1 ORDER BY started_ms DESC, import_id LIMIT 10)";
constexpr std::string_view kInterrupted =
    "The server stopped in the middle. Send the same file again: it goes on from there, because what exists is left as "
    "it "
    "is.";
constexpr auto kOfTenant = sql("SELECT ", kImport, " FROM con_import WHERE tenant_id = ?1");
constexpr auto kFind = sql(kOfTenant, " AND import_id = ?2");
constexpr auto kList = sql(kOfTenant, " ORDER BY started_ms DESC, import_id LIMIT 10");

std::int64_t stored(std::size_t number) { return static_cast<std::int64_t>(number); }

void insert_errors(store::Tx& tx, const ImportStatus& status, std::span<const LineError> errors) {
  for (const auto& error : errors) store::run_insert(tx, kInsertError, kError, error, status.import_id);
}

void read_errors(store::Connection& c, ImportStatus& status) {
  status.errors = store::all(c.query(kErrors, status.import_id), kError);
}

}  // namespace

void insert(store::Tx& tx, const ImportStatus& status, std::string_view holder, base::UnixMs now) {
  store::run_insert(tx, kInsert, kImport, status, holder, now);
  insert_errors(tx, status, status.errors);
  tx.run(kForgetOld, status.tenant_id);
  tx.run("DELETE FROM con_import_error WHERE import_id NOT IN (SELECT import_id FROM con_import)");
}

std::optional<bool> progress(store::Tx& tx, const ImportStatus& status, std::span<const LineError> fresh,
                             base::UnixMs now) {
  const auto cancelled = store::value<bool>(
      tx.query("UPDATE con_import SET done = ?2, created = ?3, existed = ?4, joined = ?5, seen_ms = ?6 "
               "WHERE import_id = ?1 AND state = 0 RETURNING cancel",
               status.import_id, stored(status.done), stored(status.created), stored(status.existed),
               stored(status.joined), now));
  if (cancelled) insert_errors(tx, status, fresh);
  return cancelled;
}

bool finish(store::Tx& tx, const ImportStatus& status, std::span<const LineError> fresh) {
  const auto changed = tx.run(
      "UPDATE con_import SET done = ?2, created = ?3, existed = ?4, joined = ?5, state = ?6, reason = ?7, "
      "error = ?8, seen_ms = ?9, finished_ms = ?9 WHERE import_id = ?1 AND state = 0",
      status.import_id, stored(status.done), stored(status.created), stored(status.existed), stored(status.joined),
      static_cast<std::int64_t>(status.state), static_cast<std::int64_t>(status.reason), status.error,
      status.finished_ms);
  if (changed == 0) return false;
  insert_errors(tx, status, fresh);
  return true;
}

bool cancel(store::Tx& tx, std::int64_t tenant_id, std::string_view import_id) {
  return tx.run("UPDATE con_import SET cancel = 1 WHERE import_id = ?1 AND tenant_id = ?2 AND state = 0", import_id,
                tenant_id) != 0;
}

void interrupt(store::Tx& tx, const std::optional<std::string>& holder, base::UnixMs seen_before, base::UnixMs now) {
  tx.run(
      "UPDATE con_import SET state = 2, reason = 2, error = ?3, finished_ms = ?4 WHERE state = 0 "
      "AND (holder = ?1 OR seen_ms < ?2)",
      holder, seen_before, kInterrupted, now);
}

void keep_passwords(store::Tx& tx, std::string_view import_id, std::string_view sealed, std::size_t accounts,
                    base::UnixMs now) {
  tx.run(
      "INSERT INTO con_import_password (import_id, part, accounts, sealed, made_ms) VALUES (?1, "
      "(SELECT COALESCE(MAX(part), 0) + 1 FROM con_import_password WHERE import_id = ?1), ?2, ?3, ?4)",
      import_id, stored(accounts), store::Value::blob(std::string(sealed)), now);
}

std::vector<std::string> passwords(store::Connection& c, std::string_view import_id) {
  return store::values<std::string, store::Bytes>(
      c.query("SELECT sealed FROM con_import_password WHERE import_id = ?1 ORDER BY part", import_id));
}

bool drop_passwords(store::Tx& tx, std::string_view import_id) {
  return tx.run("DELETE FROM con_import_password WHERE import_id = ?1", import_id) > 0;
}

void forget_passwords(store::Tx& tx, base::UnixMs made_before) {
  tx.run("DELETE FROM con_import_password WHERE made_ms < ?1", made_before);
}

bool any_running(store::Connection& c) {
  return store::any(c.query("SELECT 1 FROM con_import WHERE state = 0 LIMIT 1"));
}

std::optional<ImportStatus> find(store::Connection& c, std::int64_t tenant_id, std::string_view import_id) {
  auto found = store::one(c.query(kFind, tenant_id, import_id), kImport);
  if (found) read_errors(c, *found);
  return found;
}

std::vector<ImportStatus> list(store::Connection& c, std::int64_t tenant_id) {
  auto found = store::all(c.query(kList, tenant_id), kImport);
  for (auto& status : found) read_errors(c, status);
  return found;
}

}  // namespace troupe::console::users::import_store
