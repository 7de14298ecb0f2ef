// Who asked for a bot in the call of a room hears that call through it, and who has a transcript told in a room speaks
// there through it: no longer than they are in the room.
#pragma once
#include "identity/principals.h"
#include "matrix/room_actions.h"
#include "meetings/life/service.h"
#include "meetings/records/asker_store.h"

namespace troupe::meetings::calls {

/// One per program; callable from any thread.
class Askers {
 public:
  static constexpr std::int64_t kAtOnce = 100;

  /// All of it outlives this.
  struct Uses {
    store::Database& db;
    matrix::RoomActions& rooms;
    identity::Principals& principals;
    life::Meetings& meetings;
    const base::Clock& clock;
  };
  explicit Askers(const Uses& uses) : uses_(uses) {}

  /// Stops the meetings of those who have left the room of their call, or were put out of it, and tells no more in
  /// rooms that whoever asked for it has left. Where that cannot be known of one just now, the others are looked at all
  /// the same, and the first such error is given. From a job.
  Task<Unit> look();

 private:
  using Find = std::vector<records::Asker> (*)(store::Connection& c, MeetingId after, std::int64_t limit);
  using End = Task<Unit> (Askers::*)(records::Asker asker) const;
  Task<Unit> look_at(Find find, End end) const;
  Task<bool> is_there(records::Asker asker) const;
  Task<Unit> send_away(records::Asker asker) const;
  Task<Unit> silence(records::Asker asker) const;
  Uses uses_;
};

}  // namespace troupe::meetings::calls
