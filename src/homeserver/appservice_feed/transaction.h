// One transaction for an application service, made from what waits for it.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "homeserver/appservice_feed/feed_store.h"
#include "homeserver/memory/rooms.h"

namespace troupe::homeserver::appservice_feed {

inline constexpr std::int64_t kMaxEvents = 100;
inline constexpr std::size_t kMaxEdus = 100;
inline constexpr std::size_t kMaxBodyBytes = 4 << 20;  ///< it is full with the event that passes this

/// The events of a transaction, as members of a JSON array.
struct EventBatch {
  std::string events;
  std::int64_t count = 0;
  StreamPos upto = 0;  ///< of the positions that are in it, or that have no event any more; 0: none
};

/// The oldest events that wait for the service. What was redacted meanwhile comes in its pruned form; what was purged
/// does not come.
EventBatch read_batch(store::Connection& connection, memory::Rooms& rooms, std::string_view service,
                      std::int64_t now_ms);
/// The body of PUT transactions, with the ephemeral data under the stable and the unstable name.
std::string transaction_body(std::string_view events, std::span<const std::string> edus);

}  // namespace troupe::homeserver::appservice_feed
