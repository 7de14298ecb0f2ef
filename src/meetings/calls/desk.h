// The access of a meeting's bot to its account: a device of its own for each attempt, whose token stands in the bot's
// configuration and nowhere else. The device's row is written before the token is made and taken out when it is ended,
// so that a kill at any line leaves none that nobody ends.
#pragma once
#include "base/clock.h"
#include "host/lease.h"
#include "matrix/accounts.h"
#include "matrix/call_states.h"
#include "matrix/room_actions.h"
#include "meetings/life/call_desk.h"
#include "meetings/records/call_store.h"

namespace troupe::meetings::calls {

class Desk final : public life::CallDesk {
 public:
  struct Uses {
    store::Database& db;
    matrix::Accounts& accounts;
    matrix::RoomActions& rooms;
    const base::Clock& clock;
    std::string homeserver_url;            ///< where bots reach it
    matrix::CallStates* states = nullptr;  ///< nullptr: nobody knows which room replaces which
    host::Lease* lease = nullptr;  ///< under which meetings are looked after; nullptr: there is no other process
  };
  explicit Desk(Uses uses) : uses_(std::move(uses)) {}

  Task<boost::json::object> admit(Meeting meeting, std::int64_t attempt) override;
  Task<Unit> dismiss(MeetingId meeting) override;
  /// Ends what is left of meetings that have ended, also of those before a restart. Error: the first that failed.
  Task<Unit> sweep();

 private:
  /// What people said in rooms that this one replaces holds in it.
  Task<Unit> follow_room(std::string room_id) const;
  /// Error: forbidden (it is not in the room any more).
  Task<Unit> check_in_room(records::CallAccount call) const;
  Task<Unit> end(records::CallAccount call);
  /// Those that were ended some minutes ago.
  Task<Unit> end_again();
  Task<bool> is_held(MeetingId meeting, std::int64_t attempt, std::string device_id) const;
  Uses uses_;
};

}  // namespace troupe::meetings::calls
