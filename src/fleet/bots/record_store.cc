#include "fleet/bots/record_store.h"

#include "store/words.h"

namespace troupe::fleet::bots {
namespace {

using namespace store::words;

constexpr auto kRecord =
    store::columns("r", column("at_ms", &RecordRow::at_ms), column("config_version", &RecordRow::config_version),
                   column("event_id", &RecordRow::event_id), column<store::BytesOrNull>("sealed", &RecordRow::sealed));
constexpr std::string_view kInsert =
    "INSERT INTO fleet_turn_record (bot, event_id, of_event_id, at_ms, config_version, sealed) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (bot, event_id) DO UPDATE SET of_event_id = excluded.of_event_id, "
    "at_ms = excluded.at_ms, config_version = excluded.config_version, sealed = excluded.sealed";
constexpr auto kFind = sql("SELECT ", kRecord,
                           " FROM fleet_turn_record r WHERE r.bot = ?1 AND r.sealed IS NOT NULL AND r.event_id = "
                           "(SELECT of_event_id FROM fleet_turn_record WHERE bot = ?1 AND event_id = ?2)");

}  // namespace

void insert_record(store::Tx& tx, BotKey bot, const RecordRow& row, const std::vector<std::string>& others) {
  tx.run(kInsert, bot, row.event_id, row.event_id, row.at_ms, row.config_version, store::blob_or_null(row.sealed));
  for (const auto& other : others) {
    tx.run(kInsert, bot, other, row.event_id, row.at_ms, row.config_version, store::blob_or_null(""));
  }
}

std::optional<RecordRow> find_record(store::Connection& c, BotKey bot, std::string_view event_id) {
  return store::one(c.query(kFind, bot, event_id), kRecord);
}

void delete_record(store::Tx& tx, BotKey bot, std::string_view event_id) {
  tx.run(
      "DELETE FROM fleet_turn_record WHERE bot = ?1 AND event_id IN (SELECT of_event_id "
      "FROM fleet_turn_record WHERE bot = ?1 AND event_id = ?2 UNION SELECT r.of_event_id FROM fleet_turn t "
      "JOIN fleet_turn_record r ON r.bot = t.bot AND r.event_id = t.event_id WHERE t.answer_event_id = ?2 "
      "AND t.bot = ?1)",
      bot, event_id);
}

void delete_records(store::Tx& tx, BotKey bot) { tx.run("DELETE FROM fleet_turn_record WHERE bot = ?1", bot); }

std::int64_t prune_records(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(
      "DELETE FROM fleet_turn_record WHERE (bot, event_id) IN (SELECT bot, event_id FROM fleet_turn_record "
      "WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)",
      before, limit);
}

}  // namespace troupe::fleet::bots
