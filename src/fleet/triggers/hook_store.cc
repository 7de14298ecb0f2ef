#include "fleet/triggers/hook_store.h"

#include "store/words.h"

namespace troupe::fleet::triggers {
namespace {

using namespace store::words;

constexpr auto kHook = store::columns(
    "h", column("id", &Hook::id), column("hook_id", &Hook::hook_id), column("bot", &Hook::bot),
    column("tenant_id", &Hook::tenant_id), column("room_id", &Hook::room_id), column("name", &Hook::name),
    column("wait_for_complete", &Hook::wait_for_complete), column("made_by", &Hook::made_by),
    column("created_ms", &Hook::created_ms), column("last_used_ms", &Hook::last_used_ms),
    column("expires_ms", &Hook::expires_ms), column("expiry_told", &Hook::expiry_told));
constexpr auto kInsertHook = store::insert("fleet_hook", kHook, "token_hash");
// The join leaves out hooks whose bot is gone and not yet cleared away.
constexpr auto kLiving = sql("SELECT ", kHook, " FROM fleet_hook h JOIN fleet_bot b ON b.id = h.bot WHERE ");
constexpr auto kHookByToken = sql(kLiving, "h.token_hash = ?1");
constexpr auto kToTell = sql(kLiving, "h.expires_ms < ?1 AND h.expiry_told = 0 ORDER BY h.expires_ms LIMIT ?2");
constexpr auto kOfBot = sql("SELECT ", kHook, " FROM fleet_hook h WHERE h.bot = ?1 ORDER BY h.id");

}  // namespace

void insert_hook(store::Tx& tx, const Hook& hook, std::string_view token_hash) {
  store::run_insert(tx, kInsertHook, kHook, hook, token_hash);
}

std::optional<Hook> hook_by_token(store::Connection& c, std::string_view token_hash) {
  return store::one(c.query(kHookByToken, token_hash), kHook);
}

std::vector<Hook> hooks_of(store::Connection& c, BotKey bot) { return store::all(c.query(kOfBot, bot), kHook); }

bool delete_hook(store::Tx& tx, BotKey bot, std::string_view hook_id) {
  return tx.run("DELETE FROM fleet_hook WHERE bot = ?1 AND hook_id = ?2", bot, hook_id) > 0;
}

void touch_hook(store::Tx& tx, std::int64_t id, base::UnixMs now) {
  tx.run("UPDATE fleet_hook SET last_used_ms = ?2 WHERE id = ?1", id, now);
}

std::vector<Hook> hooks_to_tell(store::Connection& c, base::UnixMs before, std::int64_t limit) {
  return store::all(c.query(kToTell, before, limit), kHook);
}

void mark_expiry_told(store::Tx& tx, std::int64_t id) {
  tx.run("UPDATE fleet_hook SET expiry_told = 1 WHERE id = ?1", id);
}

void delete_orphan_hooks(store::Tx& tx, base::UnixMs ended_before) {
  tx.run("DELETE FROM fleet_hook WHERE bot NOT IN (SELECT id FROM fleet_bot) OR expires_ms < ?1", ended_before);
}

}  // namespace troupe::fleet::triggers
