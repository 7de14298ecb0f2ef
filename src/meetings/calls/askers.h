// Who asked for a bot in the call of a room hears that call through it: no longer than they are in the room.
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

  /// Stops the meetings of those who have left the room of their call, or were put out of it. Where that cannot be
  /// known of one just now, the others are looked at all the same, and the first such error is given. From a job.
  Task<Unit> look();

 private:
  Task<bool> is_there(records::CallAsker asker) const;
  Task<Unit> send_away(records::CallAsker asker) const;
  Uses uses_;
};

}  // namespace troupe::meetings::calls
