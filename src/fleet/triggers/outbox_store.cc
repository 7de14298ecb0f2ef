#include "fleet/triggers/outbox_store.h"

#include <array>
#include <boost/json/serialize.hpp>

#include "fleet/bots/bot_store.h"
#include "store/words.h"

namespace troupe::fleet::triggers {
namespace {

using namespace store::words;

constexpr std::array<std::string_view, 3> kOutgoingStates{"waiting", "sent", "failed"};  // OutgoingState
using StateWord = store::Listed<kOutgoingStates, OutgoingState::failed>;

constexpr auto kLane = store::columns(column("bot", &OutboxLane::bot), column("user_id", &OutboxLane::bot_user_id),
                                      column("room_id", &OutboxLane::room_id));
constexpr auto kMessage = store::columns(
    column("id", &Outgoing::id), column("bot", &Outgoing::bot), column("tenant_id", &Outgoing::tenant_id),
    column("room_id", &Outgoing::room_id), column("origin", &Outgoing::origin),
    column("dedup_key", &Outgoing::dedup_key), column<store::Json>("contents", &Outgoing::contents));
constexpr auto kNext =
    sql("SELECT ", kMessage,
        " FROM fleet_outbox WHERE state = 'waiting' AND bot = ?1 AND room_id = ?2 ORDER BY id LIMIT 1");
constexpr auto kStatusColumns =
    store::columns(column<StateWord>("state", &OutgoingStatus::state), column("detail", &OutgoingStatus::detail),
                   column("event_id", &OutgoingStatus::event_id));
constexpr auto kStatus = sql("SELECT ", kStatusColumns, " FROM fleet_outbox WHERE id = ?1");

}  // namespace

std::optional<std::int64_t> outgoing_by_key(store::Connection& c, std::string_view dedup_key) {
  return store::value<std::int64_t>(c.query("SELECT id FROM fleet_outbox WHERE dedup_key = ?1", dedup_key));
}

Enqueued enqueue(store::Tx& tx, const Outgoing& message, base::UnixMs now) {
  if (auto known = outgoing_by_key(tx, message.dedup_key)) return {.id = *known, .fresh = false};
  auto id = bots::next_id(tx, "outbox");
  tx.run(
      "INSERT INTO fleet_outbox (id, bot, tenant_id, room_id, origin, dedup_key, contents, state, detail, "
      "event_id, created_ms, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', '', '', ?8, ?8)",
      id, message.bot, message.tenant_id, message.room_id, message.origin, message.dedup_key,
      boost::json::serialize(message.contents), now);
  return {.id = id, .fresh = true};
}

std::vector<OutboxLane> outbox_lanes(store::Connection& c, std::int64_t limit) {
  return store::all(c.query("SELECT o.bot, b.user_id, o.room_id FROM fleet_outbox o JOIN fleet_bot b ON b.id = o.bot "
                            "WHERE o.state = 'waiting' AND b.observed_state IN ('running', 'degraded') "
                            "GROUP BY o.bot, b.user_id, o.room_id ORDER BY MIN(o.id) LIMIT ?1",
                            limit),
                    kLane);
}

std::optional<Outgoing> next_outgoing(store::Connection& c, BotKey bot, std::string_view room_id) {
  return store::one(c.query(kNext, bot, room_id), kMessage);
}

bool finish_outgoing(store::Tx& tx, std::int64_t id, OutgoingState state, std::string_view event_id,
                     std::string_view detail, base::UnixMs now) {
  return tx.run(
             "UPDATE fleet_outbox SET state = ?2, event_id = ?3, detail = ?4, contents = '', updated_ms = ?5 "
             "WHERE id = ?1 AND state = 'waiting'",
             id, StateWord::word(state), event_id, detail, now) > 0;
}

std::optional<OutgoingStatus> outgoing_status(store::Connection& c, std::int64_t id) {
  return store::one(c.query(kStatus, id), kStatusColumns);
}

std::int64_t count_waiting(store::Connection& c, BotKey bot) {
  return store::number(c.query("SELECT COUNT(*) FROM fleet_outbox WHERE state = 'waiting' AND bot = ?1", bot));
}

std::int64_t prune_outbox(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(
      "DELETE FROM fleet_outbox WHERE id IN (SELECT id FROM fleet_outbox WHERE (state <> 'waiting' "
      "AND updated_ms < ?1) OR bot NOT IN (SELECT id FROM fleet_bot) LIMIT ?2)",
      before, limit);
}

}  // namespace troupe::fleet::triggers
