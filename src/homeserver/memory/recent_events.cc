#include "homeserver/memory/recent_events.h"

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::memory {

std::vector<StoredEventPtr> events_between(store::Connection& connection, const Rooms& rooms, StreamPos after,
                                           StreamPos upto, std::size_t limit) {
  if (auto recent = rooms.recent_after(after, limit)) {
    std::erase_if(recent->events, [upto](const StoredEventPtr& stored) { return stored->pos > upto; });
    if (recent->more || recent->upto >= upto) return std::move(recent->events);
  }
  std::vector<StoredEventPtr> events;
  for (auto& found : event_store::stream_between(connection, after, upto, limit))
    events.push_back(std::move(found.event));
  return events;
}

}  // namespace troupe::homeserver::memory
