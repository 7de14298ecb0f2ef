// Deleting rooms: everybody is taken out of them, to a new room if that is wanted, and what was in them is removed.
#pragma once
#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "homeserver/admin/deletion_shapes.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/rooms/room_service.h"
#include "host/settings.h"

namespace troupe::homeserver::admin {

/// One per server; callable from any thread. What was asked for is durable and is gone on with after a restart, step by
/// step: each looks at what is there and does what is left to do, so that doing it twice is harmless. Whoever calls has
/// been found to be an administrator.
class RoomDeletion {
 public:
  /// Everything must outlive it.
  struct Parts {
    store::Database& db;
    memory::Rooms& rooms;
    rooms::RoomService& service;
    const host::Settings& settings;
    const base::Clock& clock;
    /// Before an emptied room is purged: whoever is online, and bots, hear by an event that they are out.
    std::chrono::milliseconds grace{1'000};
  };
  explicit RoomDeletion(Parts parts) : parts_(parts) {}

  /// Notes that the room is to be deleted, and blocks it at once if that is wanted; run() does the rest. Yields the
  /// delete_id. Error: 400 M_UNKNOWN (the room is being deleted already, unless `again`).
  Task<std::string> start(std::string admin_id, std::string room_id, DeleteRoomBody wanted, bool again);
  /// Does what is left of one deletion. Errors: not_found; unavailable (it will be gone on with); its own, if it
  /// failed.
  Task<ShutdownRoom> carry_out(std::string delete_id);

  /// Ends a deletion that has not come to removing what was in the room: whoever was taken out stays out, and a block
  /// stays. Durable when it completes. Errors: not_found, conflict (it has ended, or the room is gone already).
  Task<Unit> cancel(std::string delete_id);
  /// How far deletions are, the newest first; those that ended a day ago are forgotten.
  struct ProgressPage {
    std::vector<DeletionProgress> deletions;
    std::int64_t total = 0;
  };
  Task<ProgressPage> progress(std::int64_t from, std::int64_t limit);
  Task<DeletionProgress> progress_of(std::string delete_id);  ///< not_found

  Task<DeletionState> state(std::string delete_id);     ///< not_found
  Task<DeletionStates> states_of(std::string room_id);  ///< not_found: none in the last day
  Task<bool> is_here(std::string room_id);              ///< whether there is such a room
  /// How many events lie in it, counted no further than deletion_store::kMostCounted; 0: there is no such room.
  Task<std::int64_t> count_events(std::string room_id);

  /// Notes that a room's messages before a position are to be removed; run() does it. Yields the purge_id. Error: 400
  /// M_UNKNOWN (one is under way).
  Task<std::string> start_history(std::string room_id, StreamPos before, bool local_events);
  Task<PurgeState> history_state(std::string purge_id);  ///< not_found

  /// Has the next run() look at once.
  void wake() { started_.store(true); }
  /// Goes on with all that has not ended. From a job, often: it looks into the database when something was started
  /// here, or some seconds have passed (another process, or a start before, may have left something).
  Task<Unit> run();
  /// Removes what is left of purged rooms, and of deletions that ended a day ago. `now` ages what is kept. From a job.
  Task<Unit> sweep(base::UnixMs now);

  /// People who were in a purged room are told by /sync for so long.
  static constexpr std::chrono::hours kTellMembers{30 * 24};
  static constexpr std::chrono::hours kKeepEnded{24};

 private:
  Task<DeletionRow> find(std::string delete_id);
  /// Who is in the room, and the room that they move to. False: there is no such room.
  Task<bool> prepare(DeletionRow row);
  /// Some of those who are in the room leave it; yields how many.
  Task<std::size_t> take_out_some(DeletionRow row);
  /// What is done once nobody is in it; false: somebody came in meanwhile.
  Task<bool> close(DeletionRow row);
  /// `delete_id`: whose progress it is; empty: nobody's any more.
  Task<Unit> sweep_contents(memory::RoomNum room, std::string delete_id = {});
  Task<Unit> sweep_rest(memory::RoomNum room);
  Task<Unit> purge_history(DeletionRow row);
  Task<Unit> delete_room(DeletionRow row);
  Task<Unit> work(std::string delete_id);
  Task<Unit> end(std::string delete_id, std::optional<std::string> error);

  class Busy;
  Parts parts_;
  std::atomic<bool> started_{true};  ///< something waits for run()
  std::atomic<std::int64_t> looked_ms_{0};
  base::Mutex mutex_;
  std::set<std::string> busy_ GUARDED_BY(mutex_);  ///< being carried out by this process
};

}  // namespace troupe::homeserver::admin
