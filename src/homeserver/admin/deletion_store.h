// SQL for deletions that administrators asked for, and for what is left of the rows of purged rooms. All throw
// store::SqlError only.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"
#include "homeserver/search/search_store.h"
#include "matrix/json.h"

namespace troupe::homeserver::admin {

enum class DeletionStatus { scheduled, active, complete, failed, cancelled };
inline constexpr std::array<std::string_view, 5> kDeletionWords{"scheduled", "active", "complete", "failed",
                                                                "cancelled"};
enum class DeletionKind { room, history };

struct DeletionRow {
  std::string delete_id;
  DeletionKind kind = DeletionKind::room;
  std::string room_id;
  DeletionStatus status = DeletionStatus::scheduled;
  matrix::JsonObject request;
  matrix::JsonObject result;
  std::int64_t made_ms = 0;

  bool ended() const { return status != DeletionStatus::scheduled && status != DeletionStatus::active; }
};

/// How far the deletion of a room is, without the list of who was in it.
struct DeletionProgress {
  std::string delete_id;
  std::string room_id;
  DeletionStatus status = DeletionStatus::scheduled;
  std::int64_t made_ms = 0;
  std::optional<std::int64_t> ended_ms;
  std::string failure;  ///< the result of one that failed, JSON; else empty
  std::string name;     ///< of the room; empty: it has none, or the work has not begun
  std::int64_t people = 0;
  std::int64_t people_out = 0;
  std::int64_t events = 0;  ///< at most kMostCounted
  std::int64_t events_removed = 0;
};

namespace deletion_store {

void insert(store::Tx&, const DeletionRow& row);
std::optional<DeletionRow> find(store::Connection&, std::string_view delete_id);
/// Of a room, the oldest first.
std::vector<DeletionRow> of_room(store::Connection&, DeletionKind kind, std::string_view room_id);
/// Of all rooms, the newest first.
std::vector<DeletionRow> newest(store::Connection&, std::size_t limit);
/// Ids of those that have not ended, the oldest first.
std::vector<std::string> unfinished(store::Connection&, std::size_t limit);
/// Writes status and result; `ended_ms` when it has ended.
void update(store::Tx&, const DeletionRow& row, std::optional<std::int64_t> ended_ms);
/// Whether it has not ended: a look at the row without its texts.
bool is_open(store::Connection&, std::string_view delete_id);

/// What is known when the work on a room begins.
struct DeletionSize {
  std::string name;
  std::int64_t people = 0;
  std::int64_t events = 0;
};
void begin_progress(store::Tx&, std::string_view delete_id, const DeletionSize& size);
void add_people_out(store::Tx&, std::string_view delete_id, std::size_t people);
void add_events_removed(store::Tx&, std::string_view delete_id, std::size_t events);
/// Of rooms' deletions, the newest first.
std::vector<DeletionProgress> progress(store::Connection&, std::int64_t from, std::int64_t limit);
std::int64_t count_progress(store::Connection&);
std::optional<DeletionProgress> find_progress(store::Connection&, std::string_view delete_id);
/// Events of a room, counted no further than this.
inline constexpr std::int64_t kMostCounted = 1'000'000;
std::int64_t count_events(store::Connection&, memory::RoomNum room);

/// Removes those that ended before the time; yields how many.
std::size_t forget_ended(store::Tx&, std::int64_t before_ms, std::size_t limit);

/// How far the sweeping of a purged room is (hs_purged_room.swept).
enum class Swept { nothing, contents, all };
/// Rooms whose sweeping stands at this, purged before the time.
std::vector<memory::RoomNum> purged_rooms(store::Connection&, Swept swept, std::int64_t before_ms, std::size_t limit);
/// The numbers that rooms of this id had, whose contents are not swept yet.
std::vector<memory::RoomNum> purged_rooms_of(store::Connection&, std::string_view room_id);
void set_swept(store::Tx&, memory::RoomNum room, Swept swept);

// Each removes about `limit` rows of a purged room and yields how many: fewer than `limit` when it is through.
/// Events, with what relates to them and by what words they are found. The newest event of the ledger stays: lookup.db
/// may end with it.
std::size_t sweep_events(store::Tx&, search::Engine engine, memory::RoomNum room, std::size_t limit);
/// Messages of a room with after < position < before; state stays, and so does the newest event.
struct HistoryPiece {
  std::size_t rows = 0;
  StreamPos swept_upto = 0;
};
HistoryPiece sweep_history(store::Tx&, search::Engine engine, memory::RoomNum room, StreamPos after, StreamPos before,
                           std::size_t limit);
/// What such messages said of the state that stays.
std::size_t sweep_past_relations(store::Tx&, memory::RoomNum room, StreamPos before, std::size_t limit);
std::size_t sweep_state(store::Tx&, memory::RoomNum room, std::size_t limit);
std::size_t sweep_receipts(store::Tx&, memory::RoomNum room, std::size_t limit);
std::size_t sweep_members(store::Tx&, memory::RoomNum room, std::size_t limit);
/// Whoever ever was in the room, after this id.
std::vector<std::string> members_after(store::Connection&, memory::RoomNum room, std::string_view user_id,
                                       std::size_t limit);

}  // namespace deletion_store
}  // namespace troupe::homeserver::admin
