#include "fleet/brains/late_store.h"

#include "store/words.h"

namespace troupe::fleet::brains {
namespace {

using namespace store::words;

constexpr auto kLate =
    store::columns(column("token_hash", &LateRow::token_hash), column("bot_user_id", &LateRow::bot_user_id),
                   column("event_id", &LateRow::event_id), column("accepted", &LateRow::accepted),
                   column("expires_ms", &LateRow::expires_ms), column("answer", &LateRow::answer),
                   column<store::TextOrNull>("answer_hash", &LateRow::answer_hash));
constexpr auto kInsertLate = store::insert("fleet_late", kLate, "created_ms");
constexpr auto kLateByToken = sql("SELECT ", kLate, " FROM fleet_late WHERE token_hash = ?1");
constexpr auto kOfQuestion =
    sql("SELECT ", kLate,
        " FROM fleet_late WHERE bot_user_id = ?1 AND event_id = ?2 "
        "ORDER BY CASE WHEN answer IS NULL THEN 1 ELSE 0 END, accepted DESC, created_ms DESC LIMIT 1");

}  // namespace

void insert_late(store::Tx& tx, const LateRow& row, base::UnixMs now) {
  store::run_insert(tx, kInsertLate, kLate, row, now);
}

std::optional<LateRow> late_by_token(store::Connection& c, std::string_view token_hash) {
  return store::one(c.query(kLateByToken, token_hash), kLate);
}

std::optional<LateRow> late_of_question(store::Connection& c, std::string_view bot_user_id, std::string_view event_id) {
  return store::one(c.query(kOfQuestion, bot_user_id, event_id), kLate);
}

void accept_late(store::Tx& tx, std::string_view token_hash) {
  tx.run("UPDATE fleet_late SET accepted = 1 WHERE token_hash = ?1", token_hash);
}

void answer_late(store::Tx& tx, std::string_view token_hash, std::string_view answer, std::string_view answer_hash) {
  tx.run("UPDATE fleet_late SET answer = ?2, answer_hash = ?3 WHERE token_hash = ?1", token_hash, answer, answer_hash);
}

std::int64_t prune_late(store::Tx& tx, base::UnixMs expired_before, std::int64_t limit) {
  return tx.run(
      "DELETE FROM fleet_late WHERE token_hash IN (SELECT token_hash FROM fleet_late "
      "WHERE expires_ms < ?1 LIMIT ?2)",
      expired_before, limit);
}

}  // namespace troupe::fleet::brains
