// SQL for what the events of rooms take. All throw store::SqlError only.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::admin {

struct RoomSize {
  std::string room_id;
  std::int64_t bytes = 0;
};

namespace room_size_store {

/// Up to where events were looked at.
StreamPos upto(store::Connection&);

/// Some of the stream's events, summed up.
struct Sums {
  std::map<memory::RoomNum, std::int64_t> bytes;
  std::size_t events = 0;
  StreamPos last = 0;  ///< 0: there were none
};
/// The next `limit` events with after < position <= head.
Sums sums_after(store::Connection&, StreamPos after, StreamPos head, std::size_t limit);

/// Adds sums of what lies between `from` and their last; rooms that are gone are left out. False, and nothing is
/// written, when somebody else came further than `from` meanwhile, or some of these events have been removed.
bool add(store::Tx&, const Sums& sums, StreamPos from);

/// The largest, with what they take.
std::vector<RoomSize> largest(store::Connection&, std::size_t limit);

/// Messages with after < position <= upto are about to be removed.
void take_messages(store::Tx&, memory::RoomNum room, StreamPos after, StreamPos upto);
/// The room is being removed.
void forget(store::Tx&, memory::RoomNum room);

}  // namespace room_size_store
}  // namespace troupe::homeserver::admin
