#include "fleet/bots/session_store.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "store/columns.h"

namespace troupe::fleet::bots {
namespace {

constexpr std::string_view kStore =
    "INSERT INTO fleet_session (bot, session, name, value, updated_ms) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (bot, session, name) DO UPDATE SET value = excluded.value, updated_ms = excluded.updated_ms";

}  // namespace

std::string session_place(std::string_view room_id, std::string_view thread_root) {
  std::string place(room_id);
  if (!thread_root.empty()) place.append(":").append(thread_root);
  return place;
}

std::optional<boost::json::value> session_value(store::Connection& c, BotKey bot, std::string_view place,
                                                std::string_view name) {
  auto stored = store::value<std::string>(
      c.query("SELECT value FROM fleet_session WHERE bot = ?1 AND session = ?2 AND name = ?3", bot, place, name));
  if (!stored) return std::nullopt;
  boost::system::error_code ec;
  auto value = boost::json::parse(*stored, ec);
  if (ec) return std::nullopt;
  return value;
}

std::int64_t session_number(store::Connection& c, BotKey bot, std::string_view place) {
  auto value = session_value(c, bot, place, "");
  return value && value->is_int64() ? value->get_int64() : 0;
}

void store_session_value(store::Tx& tx, BotKey bot, std::string_view place, std::string_view name,
                         const boost::json::value& value, base::UnixMs now) {
  if (value.is_null()) {
    tx.run("DELETE FROM fleet_session WHERE bot = ?1 AND session = ?2 AND name = ?3", bot, place, name);
  } else {
    tx.run(kStore, bot, place, name, boost::json::serialize(value), now);
  }
}

std::int64_t reset_session(store::Tx& tx, BotKey bot, std::string_view place, base::UnixMs now) {
  auto number = session_number(tx, bot, place) + 1;
  tx.run("DELETE FROM fleet_session WHERE bot = ?1 AND session = ?2 AND name <> ''", bot, place);
  tx.run(kStore, bot, place, "", std::to_string(number), now);
  return number;
}

void delete_sessions(store::Tx& tx, BotKey bot) { tx.run("DELETE FROM fleet_session WHERE bot = ?1", bot); }

std::int64_t prune_sessions(store::Tx& tx, base::UnixMs before, std::int64_t limit) {
  return tx.run(
      "DELETE FROM fleet_session WHERE (bot, session, name) IN (SELECT bot, session, name "
      "FROM fleet_session WHERE updated_ms < ?1 AND name <> '' ORDER BY updated_ms LIMIT ?2)",
      before, limit);
}

}  // namespace troupe::fleet::bots
