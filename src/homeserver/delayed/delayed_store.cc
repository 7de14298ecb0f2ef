#include "homeserver/delayed/delayed_store.h"

#include "store/words.h"

namespace troupe::homeserver::delayed::delayed_store {
namespace {

using namespace store::words;
using store::columns;

constexpr auto kRow = columns(column("delay_id", &DelayedRow::delay_id), column("user_id", &DelayedRow::user_id),
                              column("device_id", &DelayedRow::device_id), column("room_id", &DelayedRow::room_id),
                              column("type", &DelayedRow::type), column("state_key", &DelayedRow::state_key),
                              column("content", &DelayedRow::content), column("delay_ms", &DelayedRow::delay_ms),
                              column("since_ms", &DelayedRow::since_ms), column("due_ms", &DelayedRow::due_ms),
                              column("pos", &DelayedRow::pos), column("state", &DelayedRow::state),
                              column("by_action", &DelayedRow::by_action), column("ended_ms", &DelayedRow::ended_ms),
                              column("event_id", &DelayedRow::event_id), column("errcode", &DelayedRow::errcode),
                              column("error", &DelayedRow::error), column("status", &DelayedRow::status),
                              column<store::BytesOrNull>("txn_hash", &DelayedRow::txn_hash));
constexpr auto kSender = columns(column("locked", &SenderState::locked), column("suspended", &SenderState::suspended),
                                 column("deactivated", &SenderState::deactivated));

constexpr auto kInsert = store::insert("hs_delayed", kRow);
constexpr auto kFind = sql("SELECT ", kRow, " FROM hs_delayed WHERE delay_id = ?1");
constexpr auto kScheduled =
    sql("SELECT ", kRow,
        " FROM hs_delayed WHERE user_id = ?1 AND state = 0 ORDER BY since_ms + delay_ms, delay_id "
        "LIMIT ?2");
constexpr auto kEnded = sql("SELECT ", kRow,
                            " FROM hs_delayed WHERE user_id = ?1 AND state <> 0 AND (ended_ms, delay_id) < (?2, ?3) "
                            "ORDER BY ended_ms DESC, delay_id DESC LIMIT ?4");
constexpr auto kSenderState = sql("SELECT ", kSender, " FROM hs_account WHERE user_id = ?1");

}  // namespace

void insert(store::Tx& tx, const DelayedRow& row) { store::run_insert(tx, kInsert, kRow, row); }

std::optional<DelayedRow> find(store::Connection& connection, std::string_view delay_id) {
  return store::one(connection.query(kFind, delay_id), kRow);
}

std::optional<std::string> find_by_txn(store::Connection& connection, std::string_view txn_hash) {
  return store::value<std::string>(
      connection.query("SELECT delay_id FROM hs_delayed WHERE txn_hash = ?1", store::Value::blob(txn_hash)));
}

std::int64_t count_scheduled(store::Connection& connection, std::string_view user_id) {
  return store::number(connection.query("SELECT count(*) FROM hs_delayed WHERE user_id = ?1 AND state = 0", user_id));
}

std::optional<std::int64_t> next_due(store::Connection& connection, std::string_view user_id) {
  return store::value<std::int64_t>(
      connection.query("SELECT min(due_ms) FROM hs_delayed WHERE user_id = ?1 AND state = 0", user_id));
}

std::vector<DelayedRow> scheduled(store::Connection& connection, std::string_view user_id, std::int64_t limit) {
  return store::all(connection.query(kScheduled, user_id, limit), kRow);
}

std::vector<DelayedRow> ended(store::Connection& connection, std::string_view user_id, std::int64_t before_ms,
                              std::string_view before_id, std::int64_t limit) {
  return store::all(connection.query(kEnded, user_id, before_ms, before_id, limit), kRow);
}

std::vector<std::string> due(store::Connection& connection, std::int64_t now_ms, std::int64_t limit) {
  return store::values<std::string>(connection.query(
      "SELECT delay_id FROM hs_delayed WHERE state = 0 AND due_ms <= ?1 ORDER BY due_ms LIMIT ?2", now_ms, limit));
}

void restart(store::Tx& tx, std::string_view delay_id, std::int64_t since_ms, std::int64_t due_ms) {
  tx.run("UPDATE hs_delayed SET since_ms = ?2, due_ms = ?3 WHERE delay_id = ?1 AND state = 0", delay_id, since_ms,
         due_ms);
}

void try_later(store::Tx& tx, std::string_view delay_id, std::int64_t due_ms) {
  tx.run("UPDATE hs_delayed SET due_ms = ?2 WHERE delay_id = ?1 AND state = 0", delay_id, due_ms);
}

std::size_t shorten_waits(store::Tx& tx, std::int64_t now_ms, std::int64_t slack_ms, std::int64_t limit) {
  return static_cast<std::size_t>(
      tx.run("UPDATE hs_delayed SET due_ms = ?1 + delay_ms WHERE delay_id IN (SELECT d.delay_id FROM hs_delayed d "
             "WHERE d.state = 0 AND d.due_ms > ?1 + d.delay_ms + ?2 ORDER BY d.due_ms DESC LIMIT ?3)",
             now_ms, slack_ms, limit));
}

void end(store::Tx& tx, std::string_view delay_id, const DelayedEnd& how) {
  tx.run(
      "UPDATE hs_delayed SET state = ?2, by_action = ?3, ended_ms = ?4, event_id = ?5, errcode = ?6, error = "
      "?7, status = ?8 WHERE delay_id = ?1",
      delay_id, static_cast<std::int64_t>(how.state), static_cast<std::int64_t>(how.by_action), how.ended_ms,
      how.event_id, how.errcode, how.error, how.status);
}

void end_of_device(store::Tx& tx, std::string_view user_id, std::string_view device_id, const DelayedEnd& how) {
  tx.run(
      "UPDATE hs_delayed SET state = ?3, ended_ms = since_ms, errcode = ?4, error = ?5, status = ?6 "
      "WHERE user_id = ?1 AND state = 0 AND device_id = ?2 AND NOT (state_key IS NOT NULL AND content = '{}' "
      "AND type IN (?7, ?8, ?9, ?10))",
      user_id, device_id, static_cast<std::int64_t>(how.state), how.errcode, how.error, how.status, kCallTypes[0],
      kCallTypes[1], kCallTypes[2], kCallTypes[3]);
}

void keep_newest_ended(store::Tx& tx, std::string_view user_id, std::int64_t keep) {
  tx.run(
      "DELETE FROM hs_delayed WHERE delay_id IN (SELECT d.delay_id FROM hs_delayed d WHERE d.user_id = ?1 "
      "AND d.state <> 0 ORDER BY d.ended_ms DESC, d.delay_id DESC LIMIT 1000 OFFSET ?2)",
      user_id, keep);
}

std::size_t remove_ended(store::Tx& tx, std::int64_t before_ms, std::int64_t limit) {
  return static_cast<std::size_t>(
      tx.run("DELETE FROM hs_delayed WHERE delay_id IN (SELECT d.delay_id FROM hs_delayed d WHERE d.state <> 0 "
             "AND d.ended_ms < ?1 ORDER BY d.ended_ms LIMIT ?2)",
             before_ms, limit));
}

void remove_of(store::Tx& tx, std::string_view user_id) {
  tx.run("DELETE FROM hs_delayed WHERE user_id = ?1", user_id);
}

std::optional<SenderState> sender_state(store::Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kSenderState, user_id), kSender);
}

}  // namespace troupe::homeserver::delayed::delayed_store
