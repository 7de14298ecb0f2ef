// Events that are to be sent later (MSC4140): what the routes of rooms hand on to whoever keeps them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/task.h"
#include "matrix/json.h"

namespace troupe::homeserver::rooms {

/// An event as its client gave it. Nothing of it has been judged yet.
struct LaterEvent {
  std::string user_id = {};
  std::string device_id = {};
  std::string room_id = {};
  std::string type = {};
  std::optional<std::string> state_key = {};  ///< none: no state event
  matrix::JsonObject content = {};
  std::int64_t delay_ms = 0;  ///< at least 1
  std::string txn_hash = {};  ///< of the request (memory::txn_hash); empty: it has no transaction id
  bool by_service = false;    ///< an application service asks, for itself or as one of its users
  bool has_content = true;    ///< false: the request came without a body
};

/// Callable from any thread.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// Yields the delay id once the event is durable; the same request again gives the same one, also without its body.
  /// Errors: not_json (no body, and no such request before), forbidden (the
  /// server sends nothing later; no device, and no application service asks), invalid_param (a delay above what is
  /// allowed, with `max_delay`; an id), bad_json, too_large, limit_exceeded (the account has as many as it may).
  virtual Task<std::string> schedule(LaterEvent event) = 0;
};

}  // namespace troupe::homeserver::rooms
