#include "homeserver/missed_mail/missed_store.h"

#include "store/words.h"

namespace troupe::homeserver::missed_mail::missed_store {
namespace {

using namespace store::words;

constexpr auto kRow =
    store::columns(column("user_id", &MissedRow::user_id), column("address", &MissedRow::address),
                   column("due_ms", &MissedRow::due_ms), column("told_pos", &MissedRow::told_pos),
                   column("mailed_ms", &MissedRow::mailed_ms), column("pause_ms", &MissedRow::pause_ms));
constexpr auto kPlan = sql(store::insert("hs_missed_mail", kRow),
                           " ON CONFLICT (user_id, address) DO UPDATE SET due_ms = excluded.due_ms "
                           "WHERE hs_missed_mail.due_ms = 0");
constexpr auto kRowOf =
    store::columns("d", column("user_id", &MissedRow::user_id), column("address", &MissedRow::address),
                   column("due_ms", &MissedRow::due_ms), column("told_pos", &MissedRow::told_pos),
                   column("mailed_ms", &MissedRow::mailed_ms), column("pause_ms", &MissedRow::pause_ms));
constexpr auto kOfReaders = sql("SELECT DISTINCT ", kRowOf,
                                " FROM hs_receipt r JOIN hs_missed_mail d ON d.user_id = r.user_id "
                                "WHERE r.pos > ?1 AND r.pos <= ?2 AND d.due_ms > ?3");
constexpr auto kDue =
    sql("SELECT ", kRow, " FROM hs_missed_mail WHERE due_ms > 0 AND due_ms <= ?1 ORDER BY due_ms LIMIT ?2");

}  // namespace

void plan(store::Tx& tx, std::string_view user_id, std::string_view address, std::int64_t due_ms,
          std::int64_t after_pos) {
  store::run_insert(
      tx, kPlan, kRow,
      MissedRow{
          .user_id = std::string(user_id), .address = std::string(address), .due_ms = due_ms, .told_pos = after_pos});
}

std::vector<MissedRow> of_readers(store::Connection& connection, StreamPos after, StreamPos upto, std::int64_t due_ms) {
  return store::all(connection.query(kOfReaders, after, upto, due_ms), kRowOf);
}

void hasten(store::Tx& tx, std::string_view user_id, std::string_view address, std::int64_t due_ms) {
  tx.run("UPDATE hs_missed_mail SET due_ms = ?3 WHERE user_id = ?1 AND address = ?2 AND due_ms > ?3", user_id, address,
         due_ms);
}

std::vector<MissedRow> due(store::Connection& connection, std::int64_t now_ms, std::int64_t limit) {
  return store::all(connection.query(kDue, now_ms, limit), kRow);
}

bool replace(store::Tx& tx, const MissedRow& known, const MissedRow& now) {
  return tx.run(
             "UPDATE hs_missed_mail SET due_ms = ?1, told_pos = ?2, mailed_ms = ?3, pause_ms = ?4 "
             "WHERE user_id = ?5 AND address = ?6 AND due_ms = ?7 AND told_pos = ?8 AND mailed_ms = ?9",
             now.due_ms, now.told_pos, now.mailed_ms, now.pause_ms, known.user_id, known.address, known.due_ms,
             known.told_pos, known.mailed_ms) == 1;
}

}  // namespace troupe::homeserver::missed_mail::missed_store
