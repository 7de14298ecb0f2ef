// SQL of inbound webhooks. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/types/bot.h"
#include "store/database.h"

namespace troupe::fleet::triggers {

/// An address to which somebody else's service posts what a bot then says in a room.
struct Hook {
  std::int64_t id = 0;
  std::string hook_id;  ///< public name; the secret in the address is kept as a hash only
  BotKey bot = 0;
  std::int64_t tenant_id = 1;
  std::string room_id;
  std::string name;
  bool wait_for_complete = false;  ///< answer after the message is in the room, not before
  std::string made_by;
  base::UnixMs created_ms = 0;
  std::optional<base::UnixMs> last_used_ms;
  std::optional<base::UnixMs> expires_ms = {};  ///< nothing is taken from then on; nothing: never
  bool expiry_told = false;                     ///< the room knows that it will end, or need not
};

void insert_hook(store::Tx& tx, const Hook& hook, std::string_view token_hash);
std::optional<Hook> hook_by_token(store::Connection& c, std::string_view token_hash);
std::vector<Hook> hooks_of(store::Connection& c, BotKey bot);
/// False when there is none.
bool delete_hook(store::Tx& tx, BotKey bot, std::string_view hook_id);
void touch_hook(store::Tx& tx, std::int64_t id, base::UnixMs now);
/// Hooks that end before a time and whose room does not know it yet.
std::vector<Hook> hooks_to_tell(store::Connection& c, base::UnixMs before, std::int64_t limit);
void mark_expiry_told(store::Tx& tx, std::int64_t id);
/// Hooks of bots that are gone, and those that ended before a time.
void delete_orphan_hooks(store::Tx& tx, base::UnixMs ended_before);

}  // namespace troupe::fleet::triggers
