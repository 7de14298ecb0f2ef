#include "fleet/own_accord/late_store.h"

namespace troupe::fleet {
namespace {

#define LATE_COLUMNS "token_hash, bot_user_id, event_id, accepted, expires_ms, answer, answer_hash"

constexpr std::string_view kInsert =
    "INSERT INTO fleet_late (token_hash, bot_user_id, event_id, accepted, expires_ms, created_ms) "
    "VALUES (?1, ?2, ?3, 0, ?4, ?5)";
constexpr std::string_view kByToken = "SELECT " LATE_COLUMNS " FROM fleet_late WHERE token_hash = ?1";
constexpr std::string_view kOfQuestion =
    "SELECT " LATE_COLUMNS
    " FROM fleet_late WHERE bot_user_id = ?1 AND event_id = ?2 "
    "ORDER BY CASE WHEN answer IS NULL THEN 1 ELSE 0 END, accepted DESC, created_ms DESC LIMIT 1";
constexpr std::string_view kAccept = "UPDATE fleet_late SET accepted = 1 WHERE token_hash = ?1";
constexpr std::string_view kAnswer = "UPDATE fleet_late SET answer = ?2, answer_hash = ?3 WHERE token_hash = ?1";
constexpr std::string_view kPrune =
    "DELETE FROM fleet_late WHERE token_hash IN (SELECT token_hash FROM fleet_late WHERE expires_ms < ?1 LIMIT ?2)";

LateRow read_late(const store::Rows& rows) {
  return {.token_hash = rows.string(0),
          .bot_user_id = rows.string(1),
          .event_id = rows.string(2),
          .accepted = rows.integer(3) != 0,
          .expires_ms = rows.integer(4),
          .answer = rows.optional_string(5),
          .answer_hash = rows.optional_string(6).value_or("")};
}

}  // namespace

void insert_late(store::Tx& tx, const LateRow& row, base::UnixMs now) {
  tx.run(kInsert, row.token_hash, row.bot_user_id, row.event_id, row.expires_ms, now);
}

std::optional<LateRow> late_by_token(store::Connection& c, std::string_view token_hash) {
  auto rows = c.query(kByToken, token_hash);
  if (!rows.next()) return std::nullopt;
  return read_late(rows);
}

std::optional<LateRow> late_of_question(store::Connection& c, std::string_view bot_user_id, std::string_view event_id) {
  auto rows = c.query(kOfQuestion, bot_user_id, event_id);
  if (!rows.next()) return std::nullopt;
  return read_late(rows);
}

void accept_late(store::Tx& tx, std::string_view token_hash) { tx.run(kAccept, token_hash); }

void answer_late(store::Tx& tx, std::string_view token_hash, std::string_view answer, std::string_view answer_hash) {
  tx.run(kAnswer, token_hash, answer, answer_hash);
}

std::int64_t prune_late(store::Tx& tx, base::UnixMs expired_before, std::int64_t limit) {
  return tx.run(kPrune, expired_before, limit);
}

}  // namespace troupe::fleet
