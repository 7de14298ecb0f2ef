#include "fleet/own_accord/hook_store.h"

namespace troupe::fleet {
namespace {

#define HOOK_COLUMNS                                                                                       \
  "h.id, h.hook_id, h.bot, h.tenant_id, h.room_id, h.name, h.wait_for_complete, h.made_by, h.created_ms, " \
  "h.last_used_ms, h.expires_ms, h.expiry_told"

constexpr std::string_view kInsert =
    "INSERT INTO fleet_hook (id, hook_id, token_hash, bot, tenant_id, room_id, name, wait_for_complete, made_by, "
    "created_ms, expires_ms, expiry_told) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
// The join leaves out hooks whose bot is gone and not yet cleared away.
constexpr std::string_view kByToken =
    "SELECT " HOOK_COLUMNS " FROM fleet_hook h JOIN fleet_bot b ON b.id = h.bot WHERE h.token_hash = ?1";
constexpr std::string_view kOfBot = "SELECT " HOOK_COLUMNS " FROM fleet_hook h WHERE h.bot = ?1 ORDER BY h.id";
constexpr std::string_view kDelete = "DELETE FROM fleet_hook WHERE bot = ?1 AND hook_id = ?2";
constexpr std::string_view kTouch = "UPDATE fleet_hook SET last_used_ms = ?2 WHERE id = ?1";
constexpr std::string_view kToTell = "SELECT " HOOK_COLUMNS
                                     " FROM fleet_hook h JOIN fleet_bot b ON b.id = h.bot "
                                     "WHERE h.expires_ms < ?1 AND h.expiry_told = 0 ORDER BY h.expires_ms LIMIT ?2";
constexpr std::string_view kTold = "UPDATE fleet_hook SET expiry_told = 1 WHERE id = ?1";
constexpr std::string_view kOrphans =
    "DELETE FROM fleet_hook WHERE bot NOT IN (SELECT id FROM fleet_bot) OR expires_ms < ?1";

Hook read_hook(const store::Rows& rows) {
  return {.id = rows.integer(0),
          .hook_id = rows.string(1),
          .bot = rows.integer(2),
          .tenant_id = rows.integer(3),
          .room_id = rows.string(4),
          .name = rows.string(5),
          .wait_for_complete = rows.integer(6) != 0,
          .made_by = rows.string(7),
          .created_ms = rows.integer(8),
          .last_used_ms = rows.optional_integer(9),
          .expires_ms = rows.optional_integer(10),
          .expiry_told = rows.integer(11) != 0};
}

}  // namespace

void insert_hook(store::Tx& tx, const Hook& hook, std::string_view token_hash) {
  tx.run(kInsert, hook.id, hook.hook_id, token_hash, hook.bot, hook.tenant_id, hook.room_id, hook.name,
         hook.wait_for_complete, hook.made_by, hook.created_ms, hook.expires_ms, hook.expiry_told);
}

std::optional<Hook> hook_by_token(store::Connection& c, std::string_view token_hash) {
  auto rows = c.query(kByToken, token_hash);
  if (!rows.next()) return std::nullopt;
  return read_hook(rows);
}

std::vector<Hook> hooks_of(store::Connection& c, BotKey bot) {
  std::vector<Hook> hooks;
  auto rows = c.query(kOfBot, bot);
  while (rows.next()) hooks.push_back(read_hook(rows));
  return hooks;
}

bool delete_hook(store::Tx& tx, BotKey bot, std::string_view hook_id) { return tx.run(kDelete, bot, hook_id) > 0; }

void touch_hook(store::Tx& tx, std::int64_t id, base::UnixMs now) { tx.run(kTouch, id, now); }

std::vector<Hook> hooks_to_tell(store::Connection& c, base::UnixMs before, std::int64_t limit) {
  std::vector<Hook> hooks;
  auto rows = c.query(kToTell, before, limit);
  while (rows.next()) hooks.push_back(read_hook(rows));
  return hooks;
}

void mark_expiry_told(store::Tx& tx, std::int64_t id) { tx.run(kTold, id); }

void delete_orphan_hooks(store::Tx& tx, base::UnixMs ended_before) { tx.run(kOrphans, ended_before); }

}  // namespace troupe::fleet
