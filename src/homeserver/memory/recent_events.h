// Events of all rooms for those who follow the stream page by page.
#pragma once
#include <vector>

#include "homeserver/memory/rooms.h"

namespace troupe::homeserver::memory {

/// after < position <= upto, ascending, at most `limit`. From memory as far as it reaches back, else from the database,
/// whose snapshot must reach `upto`. Throws store::SqlError.
std::vector<StoredEventPtr> events_between(store::Connection& connection, const Rooms& rooms, StreamPos after,
                                           StreamPos upto, std::size_t limit);

}  // namespace troupe::homeserver::memory
