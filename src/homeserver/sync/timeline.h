// Picks the events of a room's timeline that one answer shows.
#pragma once
#include <vector>

#include "homeserver/sync/filter.h"
#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::sync {

struct TimelinePart {
  std::vector<memory::StoredEventPtr> events;  ///< ascending
  bool limited = false;                        ///< events were left out between `since` and the first one shown
  StreamPos start = 0;                         ///< position of the first one shown; upto + 1 when there is none
  bool shows(StreamPos pos) const;
};

/// The newest `limit` events with since < pos <= view.upto() that pass the filter and are visible to the user.
/// The view must have been made with after <= since. Reads at most kMaxScanned events back from the database.
inline constexpr std::size_t kMaxScanned = 2000;
TimelinePart pick_timeline(RoomView& view, StreamPos since, const EventFilter& filter, std::size_t limit);

}  // namespace troupe::homeserver::sync
