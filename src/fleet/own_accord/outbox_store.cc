#include "fleet/own_accord/outbox_store.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "fleet/bots/bot_store.h"

namespace troupe::fleet {
namespace {

constexpr std::string_view kByKey = "SELECT id FROM fleet_outbox WHERE dedup_key = ?1";
constexpr std::string_view kInsert =
    "INSERT INTO fleet_outbox (id, bot, tenant_id, room_id, origin, dedup_key, contents, state, detail, event_id, "
    "created_ms, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', '', '', ?8, ?8)";
constexpr std::string_view kLanes =
    "SELECT o.bot, b.user_id, o.room_id FROM fleet_outbox o JOIN fleet_bot b ON b.id = o.bot "
    "WHERE o.state = 'waiting' AND b.observed_state IN ('running', 'degraded') GROUP BY o.bot, b.user_id, o.room_id "
    "ORDER BY MIN(o.id) LIMIT ?1";
constexpr std::string_view kNext =
    "SELECT id, tenant_id, origin, dedup_key, contents FROM fleet_outbox "
    "WHERE state = 'waiting' AND bot = ?1 AND room_id = ?2 ORDER BY id LIMIT 1";
constexpr std::string_view kFinish =
    "UPDATE fleet_outbox SET state = ?2, event_id = ?3, detail = ?4, contents = '', updated_ms = ?5 "
    "WHERE id = ?1 AND state = 'waiting'";
constexpr std::string_view kStatus = "SELECT state, detail, event_id FROM fleet_outbox WHERE id = ?1";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM fleet_outbox WHERE state = 'waiting' AND bot = ?1";
constexpr std::string_view kPrune =
    "DELETE FROM fleet_outbox WHERE id IN (SELECT id FROM fleet_outbox WHERE (state <> 'waiting' AND updated_ms < ?1) "
    "OR bot NOT IN (SELECT id FROM fleet_bot) LIMIT ?2)";

std::string_view to_string(OutgoingState state) {
  switch (state) {
    case OutgoingState::waiting:
      return "waiting";
    case OutgoingState::sent:
      return "sent";
    case OutgoingState::failed:
      break;
  }
  return "failed";
}

}  // namespace

std::optional<std::int64_t> outgoing_by_key(store::Connection& c, std::string_view dedup_key) {
  auto rows = c.query(kByKey, dedup_key);
  if (!rows.next()) return std::nullopt;
  return rows.integer(0);
}

Enqueued enqueue(store::Tx& tx, const Outgoing& message, base::UnixMs now) {
  if (auto known = outgoing_by_key(tx, message.dedup_key)) return {.id = *known, .fresh = false};
  auto id = next_id(tx, "outbox");
  tx.run(kInsert, id, message.bot, message.tenant_id, message.room_id, message.origin, message.dedup_key,
         boost::json::serialize(message.contents), now);
  return {.id = id, .fresh = true};
}

std::vector<OutboxLane> outbox_lanes(store::Connection& c, std::int64_t limit) {
  std::vector<OutboxLane> lanes;
  auto rows = c.query(kLanes, limit);
  while (rows.next()) lanes.push_back({rows.integer(0), rows.string(1), rows.string(2)});
  return lanes;
}

std::optional<Outgoing> next_outgoing(store::Connection& c, BotKey bot, std::string_view room_id) {
  auto rows = c.query(kNext, bot, room_id);
  if (!rows.next()) return std::nullopt;
  Outgoing message{.id = rows.integer(0),
                   .bot = bot,
                   .tenant_id = rows.integer(1),
                   .room_id = std::string(room_id),
                   .origin = rows.string(2),
                   .dedup_key = rows.string(3),
                   .contents = {}};
  boost::system::error_code ec;
  auto json = boost::json::parse(rows.text(4), ec);
  if (json.is_array()) message.contents = std::move(json.get_array());
  return message;
}

bool finish_outgoing(store::Tx& tx, std::int64_t id, OutgoingState state, std::string_view event_id,
                     std::string_view detail, base::UnixMs now) {
  return tx.run(kFinish, id, to_string(state), event_id, detail, now) > 0;
}

std::optional<OutgoingStatus> outgoing_status(store::Connection& c, std::int64_t id) {
  auto rows = c.query(kStatus, id);
  if (!rows.next()) return std::nullopt;
  auto state = rows.text(0);
  return OutgoingStatus{.state = state == "waiting" ? OutgoingState::waiting
                                 : state == "sent"  ? OutgoingState::sent
                                                    : OutgoingState::failed,
                        .detail = rows.string(1),
                        .event_id = rows.string(2)};
}

std::int64_t count_waiting(store::Connection& c, BotKey bot) {
  auto rows = c.query(kCount, bot);
  return rows.next() ? rows.integer(0) : 0;
}

std::int64_t prune_outbox(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(kPrune, before, limit);
}

}  // namespace troupe::fleet
