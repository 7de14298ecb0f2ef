// Makes brains from the rows of bots.
#pragma once
#include "base/crypto.h"
#include "fleet/brains/bot_kind.h"
#include "fleet/types/bot.h"
#include "net/client/client.h"

namespace troupe::fleet::life {

/// The secrets of the bot's brain. Error: invalid_param (sealed with another key).
Result<boost::json::object> open_secrets(const base::SealingKey& sealing_key, const Bot& row);

/// Callable from any thread.
class BrainMaker {
 public:
  BrainMaker(const brains::BotKinds& kinds, const base::SealingKey& sealing_key, net::client::HttpClient& http,
             const base::Clock& clock)
      : kinds_(kinds), sealing_key_(sealing_key), http_(http), clock_(clock) {}

  /// A brain for a bot's present row. Errors: invalid_param (no such kind here, a wrong config, secrets sealed with
  /// another key).
  Result<std::shared_ptr<brains::Brain>> make(const Bot& row, brains::CommonConfig& common) const;

 private:
  const brains::BotKinds& kinds_;
  const base::SealingKey& sealing_key_;
  net::client::HttpClient& http_;
  const base::Clock& clock_;
};

}  // namespace troupe::fleet::life
