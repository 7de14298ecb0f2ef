// Events of another homeserver, from /sync answers and application-service transactions, as the feed takes them. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "remote/remote_store.h"

namespace troupe::remote {

/// A room whose timeline in one /sync answer begins after a gap.
struct Gap {
  std::string room_id;
  std::string before;  ///< token to read backwards from
};

struct SyncAnswer {
  std::string next_batch;
  std::vector<Incoming> events;
  std::vector<Gap> gaps;
};

/// One event in client format; nothing when it lacks what every event has. `room_id` when the event does not name one.
std::optional<Incoming> read_event(const matrix::JsonObject& event, std::string_view room_id);
/// An answer to GET /sync. `first`: the account was never looked at before, so messages of the past are left out and
/// only invites count. Error: unavailable, when it is not an answer of /sync.
Result<SyncAnswer> read_sync(const matrix::JsonObject& answer, std::string_view user_id, bool first);

}  // namespace troupe::remote
