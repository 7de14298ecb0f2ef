#include "fleet/bots/said_store.h"

#include "store/words.h"

namespace troupe::fleet::bots {
namespace {

using namespace store::words;

constexpr auto kSaid = store::columns(column("bot", &Said::bot), column("event_id", &Said::event_id),
                                      column("about", &Said::about), column("thread_root", &Said::thread_root));
constexpr auto kSaidAs = sql("SELECT ", kSaid, " FROM fleet_said WHERE event_id = ?2 AND bot = ?1");

}  // namespace

void insert_said(store::Tx& tx, const Said& said, base::UnixMs now) {
  tx.run(
      "INSERT INTO fleet_said (bot, event_id, about, thread_root, said_ms) "
      "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (event_id, bot) DO NOTHING",
      said.bot, said.event_id, said.about, said.thread_root, now);
}

std::optional<Said> said_as(store::Connection& c, BotKey bot, std::string_view event_id) {
  return store::one(c.query(kSaidAs, bot, event_id), kSaid);
}

void delete_said(store::Tx& tx, BotKey bot) { tx.run("DELETE FROM fleet_said WHERE bot = ?1", bot); }

std::int64_t prune_said(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(
      "DELETE FROM fleet_said WHERE (event_id, bot) IN (SELECT event_id, bot FROM fleet_said "
      "WHERE said_ms < ?1 ORDER BY said_ms LIMIT ?2)",
      before, limit);
}

}  // namespace troupe::fleet::bots
