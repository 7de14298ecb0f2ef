// Who asked for a bot that is in the call of a room now, or whose words are told in one. All functions run inside the
// caller's transaction and throw store::SqlError.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "meetings/types/meeting.h"
#include "store/database.h"

namespace troupe::meetings::records {

/// A meeting that goes on, and the room that whoever asked for it was in.
struct Asker {
  MeetingId meeting = 0;
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;  ///< principal
  std::string room_id{};
};

/// Those in the call of a room that nobody has stopped yet, in the order of their meetings, after that one.
std::vector<Asker> call_askers(store::Connection& c, MeetingId after, std::int64_t limit);
/// Those that are told in a room, likewise.
std::vector<Asker> thread_askers(store::Connection& c, MeetingId after, std::int64_t limit);
/// Nothing more is told in the room. False: that was so already.
bool end_telling(store::Tx& tx, MeetingId id, std::string_view trouble);

}  // namespace troupe::meetings::records
