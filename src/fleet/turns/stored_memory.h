// The session memory of brains on the fleet's database. While that is away it waits, until the fleet stops.
#pragma once
#include <string>

#include "fleet/brains/session_memory.h"
#include "fleet/deps.h"

namespace troupe::fleet {

/// `shared` must outlive it.
class StoredMemory : public SessionMemory {
 public:
  /// `place`: session_place() of the conversation.
  StoredMemory(Shared& shared, BotKey bot, std::string place) : shared_(shared), bot_(bot), place_(std::move(place)) {}

  Task<std::optional<boost::json::value>> get(std::string key) override;
  Task<Unit> put(std::string key, boost::json::value value) override;
  Task<Unit> erase(std::string key) override;
  Task<Unit> reset() override;

 private:
  Shared& shared_;
  BotKey bot_;
  std::string place_;
};

/// Whether a value may be kept under a key. Errors: invalid_param, too_large.
Result<Unit> check_memory(std::string_view key, const boost::json::value& value);

}  // namespace troupe::fleet
