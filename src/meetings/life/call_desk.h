// Lets bots into Matrix calls with accounts of this server. What does it is meetings/calls.
#pragma once
#include <boost/json/object.hpp>

#include "base/task.h"
#include "meetings/types/meeting.h"

namespace troupe::meetings::life {

/// Callable from any thread.
class CallDesk {
 public:
  virtual ~CallDesk() = default;
  /// What the bot of this attempt is told beside the rest (`matrix` of its config): its account, with an access token
  /// that is in nothing else; the account is in the room then. Empty: this meeting's bot has none. An earlier attempt's
  /// token has ended. Errors: forbidden (it may not come into the room), unavailable.
  virtual Task<boost::json::object> admit(Meeting meeting, std::int64_t attempt) = 0;
  /// The access of this meeting's bot ends, where it has one. What fails is tried again by itself.
  virtual Task<Unit> dismiss(MeetingId meeting) = 0;
};

}  // namespace troupe::meetings::life
