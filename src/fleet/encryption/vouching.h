// Another device of a bot's account, besides the fleet's own: the bot says with its self-signing key that it is one of
// its own, so that others take it for verified. Needs no term: what is read of the bot never changes.
#pragma once
#include <string>

#include "base/crypto.h"
#include "fleet/types/bot.h"
#include "matrix/key_exchange.h"
#include "store/database.h"

namespace troupe::fleet::encryption {

/// Callable from any thread.
class Vouching {
 public:
  struct Uses {
    store::Database& db;
    matrix::KeyExchange& keys;
    const base::SealingKey& sealing_key;
  };
  explicit Vouching(const Uses& uses) : uses_(uses) {}

  /// Signs what the device has published; once more it changes nothing. Errors: conflict (the device has published
  /// nothing yet, or the bot has no keys of its own yet: ask again), invalid_param (what it has published is not this
  /// device's, or is not signed by it), forbidden (the account's keys are not the bot's any more), internal (what is
  /// kept of the bot cannot be opened); those of the homeserver.
  Task<Unit> vouch(BotKey bot, std::string user_id, std::string device_id);

 private:
  Uses uses_;
};

}  // namespace troupe::fleet::encryption
