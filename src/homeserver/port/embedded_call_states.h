// The port's calls (matrix/call_states.h) on the server in this program.
#pragma once
#include "base/clock.h"
#include "homeserver/memory/rooms.h"
#include "matrix/call_states.h"

namespace troupe::homeserver::port {

/// One per server; what it is given outlives it.
class EmbeddedCallStates final : public matrix::CallStates {
 public:
  EmbeddedCallStates(store::Database& db, memory::Rooms& rooms, const base::Clock& clock)
      : db_(db), rooms_(rooms), clock_(clock) {}

  Task<std::vector<std::string>> in_call(std::string room_id) override;
  Task<std::string> replaced_by(std::string room_id) override;

 private:
  store::Database& db_;
  memory::Rooms& rooms_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::port
