#include "console/users/import_store.h"

namespace troupe::console::import_store {
namespace {

using State = ImportStatus::State;
using Reason = ImportStatus::Reason;

constexpr std::string_view kInsert =
    "INSERT INTO con_import (import_id, tenant_id, holder, state, dry_run, room_id, total, done, created, existed, "
    "joined, "
    "started_ms, seen_ms) VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
constexpr std::string_view kInsertError =
    "INSERT INTO con_import_error (import_id, line, message) VALUES (?1, ?2, ?3) ON CONFLICT (import_id, line) DO "
    "NOTHING";
/// Ten with the new one.
constexpr std::string_view kForgetOld =
    "DELETE FROM con_import WHERE tenant_id = ?1 AND state <> 0 AND import_id NOT IN (SELECT import_id FROM con_import "
    "WHERE tenant_id = ?1 ORDER BY started_ms DESC, import_id LIMIT 10)";
constexpr std::string_view kForgetErrors =
    "DELETE FROM con_import_error WHERE import_id NOT IN (SELECT import_id FROM con_import)";
constexpr std::string_view kProgress =
    "UPDATE con_import SET done = ?2, created = ?3, existed = ?4, joined = ?5, seen_ms = ?6 "
    "WHERE import_id = ?1 AND state = 0 RETURNING cancel";
constexpr std::string_view kFinish =
    "UPDATE con_import SET done = ?2, created = ?3, existed = ?4, joined = ?5, state = ?6, reason = ?7, error = ?8, "
    "seen_ms = ?9, finished_ms = ?9 WHERE import_id = ?1 AND state = 0";
constexpr std::string_view kCancel =
    "UPDATE con_import SET cancel = 1 WHERE import_id = ?1 AND tenant_id = ?2 AND state = 0";
constexpr std::string_view kInterrupt =
    "UPDATE con_import SET state = 2, reason = 2, error = ?3, finished_ms = ?4 "
    "WHERE state = 0 AND (holder = ?1 OR seen_ms < ?2)";
constexpr std::string_view kInterrupted =
    "The server stopped in the middle. Send the same file again: it goes on from there, because what exists is left as "
    "it "
    "is.";
constexpr std::string_view kAnyRunning = "SELECT 1 FROM con_import WHERE state = 0 LIMIT 1";
#define SELECT_IMPORT                                                                                            \
  "SELECT import_id, tenant_id, state, reason, dry_run, room_id, total, done, created, existed, joined, error, " \
  "started_ms, finished_ms, (SELECT CAST(COALESCE(SUM(p.accounts), 0) AS BIGINT) FROM con_import_password p "    \
  "WHERE p.import_id = con_import.import_id) FROM con_import WHERE tenant_id = ?1"
constexpr std::string_view kFind = SELECT_IMPORT " AND import_id = ?2";
constexpr std::string_view kList = SELECT_IMPORT " ORDER BY started_ms DESC, import_id LIMIT 10";
constexpr std::string_view kKeepPasswords =
    "INSERT INTO con_import_password (import_id, part, accounts, sealed, made_ms) VALUES (?1, (SELECT "
    "COALESCE(MAX(part), "
    "0) + 1 FROM con_import_password WHERE import_id = ?1), ?2, ?3, ?4)";
constexpr std::string_view kPasswords = "SELECT sealed FROM con_import_password WHERE import_id = ?1 ORDER BY part";
constexpr std::string_view kDropPasswords = "DELETE FROM con_import_password WHERE import_id = ?1";
constexpr std::string_view kForgetPasswords = "DELETE FROM con_import_password WHERE made_ms < ?1";
constexpr std::string_view kErrors = "SELECT line, message FROM con_import_error WHERE import_id = ?1 ORDER BY line";

std::int64_t stored(std::size_t number) { return static_cast<std::int64_t>(number); }
std::size_t read(const store::Rows& rows, int column) { return static_cast<std::size_t>(rows.integer(column)); }

void insert_errors(store::Tx& tx, const ImportStatus& status, std::span<const LineError> errors) {
  for (const auto& [line, message] : errors) tx.run(kInsertError, status.import_id, stored(line), message);
}

ImportStatus read_import(const store::Rows& rows) {
  return {.import_id = rows.string(0),
          .tenant_id = rows.integer(1),
          .state = static_cast<State>(rows.integer(2)),
          .reason = static_cast<Reason>(rows.integer(3)),
          .dry_run = rows.integer(4) != 0,
          .room_id = rows.optional_string(5),
          .total = read(rows, 6),
          .done = read(rows, 7),
          .created = read(rows, 8),
          .existed = read(rows, 9),
          .joined = read(rows, 10),
          .passwords = read(rows, 14),
          .error = rows.string(11),
          .errors = {},
          .started_ms = rows.integer(12),
          .finished_ms = rows.optional_integer(13)};
}

void read_errors(store::Connection& c, ImportStatus& status) {
  auto rows = c.query(kErrors, status.import_id);
  while (rows.next()) status.errors.push_back({.line = read(rows, 0), .message = rows.string(1)});
}

}  // namespace

void insert(store::Tx& tx, const ImportStatus& status, std::string_view holder, base::UnixMs now) {
  tx.run(kInsert, status.import_id, status.tenant_id, holder, status.dry_run, status.room_id, stored(status.total),
         stored(status.done), stored(status.created), stored(status.existed), stored(status.joined), status.started_ms,
         now);
  insert_errors(tx, status, status.errors);
  tx.run(kForgetOld, status.tenant_id);
  tx.run(kForgetErrors);
}

std::optional<bool> progress(store::Tx& tx, const ImportStatus& status, std::span<const LineError> fresh,
                             base::UnixMs now) {
  std::optional<bool> cancelled;
  {
    auto rows = tx.query(kProgress, status.import_id, stored(status.done), stored(status.created),
                         stored(status.existed), stored(status.joined), now);
    if (rows.next()) cancelled = rows.integer(0) != 0;
  }
  if (cancelled) insert_errors(tx, status, fresh);
  return cancelled;
}

bool finish(store::Tx& tx, const ImportStatus& status, std::span<const LineError> fresh) {
  const auto changed = tx.run(kFinish, status.import_id, stored(status.done), stored(status.created),
                              stored(status.existed), stored(status.joined), static_cast<std::int64_t>(status.state),
                              static_cast<std::int64_t>(status.reason), status.error, status.finished_ms);
  if (changed == 0) return false;
  insert_errors(tx, status, fresh);
  return true;
}

bool cancel(store::Tx& tx, std::int64_t tenant_id, std::string_view import_id) {
  return tx.run(kCancel, import_id, tenant_id) != 0;
}

void interrupt(store::Tx& tx, const std::optional<std::string>& holder, base::UnixMs seen_before, base::UnixMs now) {
  tx.run(kInterrupt, holder, seen_before, kInterrupted, now);
}

void keep_passwords(store::Tx& tx, std::string_view import_id, std::string_view sealed, std::size_t accounts,
                    base::UnixMs now) {
  tx.run(kKeepPasswords, import_id, stored(accounts), store::Value::blob(std::string(sealed)), now);
}

std::vector<std::string> passwords(store::Connection& c, std::string_view import_id) {
  std::vector<std::string> parts;
  auto rows = c.query(kPasswords, import_id);
  while (rows.next()) parts.emplace_back(rows.blob(0));
  return parts;
}

bool drop_passwords(store::Tx& tx, std::string_view import_id) { return tx.run(kDropPasswords, import_id) > 0; }

void forget_passwords(store::Tx& tx, base::UnixMs made_before) { tx.run(kForgetPasswords, made_before); }

bool any_running(store::Connection& c) { return c.query(kAnyRunning).next(); }

std::optional<ImportStatus> find(store::Connection& c, std::int64_t tenant_id, std::string_view import_id) {
  std::optional<ImportStatus> found;
  {
    auto rows = c.query(kFind, tenant_id, import_id);
    if (rows.next()) found = read_import(rows);
  }
  if (found) read_errors(c, *found);
  return found;
}

std::vector<ImportStatus> list(store::Connection& c, std::int64_t tenant_id) {
  std::vector<ImportStatus> found;
  {
    auto rows = c.query(kList, tenant_id);
    while (rows.next()) found.push_back(read_import(rows));
  }
  for (auto& status : found) read_errors(c, status);
  return found;
}

}  // namespace troupe::console::import_store
