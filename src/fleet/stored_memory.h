// The session memory of brains on the fleet's database.
#pragma once
#include <string>

#include "fleet/session_memory.h"
#include "fleet/types.h"
#include "store/database.h"

namespace troupe::fleet {

/// Everything given must outlive it.
class StoredMemory : public SessionMemory {
 public:
  /// `place`: session_place() of the conversation.
  StoredMemory(store::Database& db, const base::Clock& clock, BotKey bot, std::string place)
      : db_(db), clock_(clock), bot_(bot), place_(std::move(place)) {}

  Task<std::optional<boost::json::value>> get(std::string key) override;
  Task<Unit> put(std::string key, boost::json::value value) override;
  Task<Unit> erase(std::string key) override;
  Task<Unit> reset() override;
  /// How often the session was begun anew.
  Task<std::int64_t> number();

 private:
  store::Database& db_;
  const base::Clock& clock_;
  BotKey bot_;
  std::string place_;
};

/// Whether a value may be kept under a key. Errors: invalid_param, too_large.
Result<Unit> check_memory(std::string_view key, const boost::json::value& value);

}  // namespace troupe::fleet
