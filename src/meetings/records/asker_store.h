// Who asked for a bot that is in a Matrix call now. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "meetings/types/meeting.h"
#include "store/database.h"

namespace troupe::meetings::records {

/// A meeting in the call of a room that nobody has stopped yet.
struct CallAsker {
  MeetingId meeting = 0;
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;  ///< principal
  std::string room_id{};
};

/// In the order of their meetings, after that one.
std::vector<CallAsker> call_askers(store::Connection& c, MeetingId after, std::int64_t limit);

}  // namespace troupe::meetings::records
