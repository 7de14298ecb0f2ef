// The session memory of brains on the fleet's database. While that is away it waits, until the fleet stops.
#pragma once
#include <string>

#include "base/clock.h"
#include "fleet/term/term_store.h"
#include "fleet/types/session_memory.h"
#include "fleet/types/turn.h"

namespace troupe::fleet::turns {

/// What it is given must outlive it.
class StoredMemory : public SessionMemory {
 public:
  /// `place`: session_place() of the conversation.
  StoredMemory(term::TermStore& store, const base::Clock& clock, BotKey bot, std::string place)
      : store_(store), clock_(clock), bot_(bot), place_(std::move(place)) {}

  Task<std::optional<boost::json::value>> get(std::string key) override;
  Task<Unit> put(std::string key, boost::json::value value) override;
  Task<Unit> erase(std::string key) override;
  Task<Unit> reset() override;

 private:
  term::TermStore& store_;
  const base::Clock& clock_;
  BotKey bot_;
  std::string place_;
};

/// Whether a value may be kept under a key. Errors: invalid_param, too_large.
Result<Unit> check_memory(std::string_view key, const boost::json::value& value);

}  // namespace troupe::fleet::turns
