// Ephemeral data of another homeserver, from application-service transactions and /sync answers. Pure.
#pragma once
#include <string_view>
#include <vector>

#include "matrix/ephemeral_feed.h"
#include "matrix/json.h"

namespace troupe::remote {

/// Told of the ephemeral data that comes from the other homeserver, on the thread that took it in.
using EphemeralObservers = base::Observers<const matrix::Edu&>;

/// What m.typing, m.receipt and m.presence events say; others, and what lacks a part, are passed over. `room_id` when
/// the events do not name one. Private receipts are left out.
std::vector<matrix::Edu> read_ephemeral(const matrix::JsonArray& events, std::string_view room_id = {});

/// The ephemeral data of an answer to GET /sync.
std::vector<matrix::Edu> read_sync_ephemeral(const matrix::JsonObject& answer);

}  // namespace troupe::remote
