// The inside of Rooms, shared by rooms.cc and room_for_write.cc. Nobody else includes it.
#pragma once
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "base/mutex.h"
#include "homeserver/memory/rooms.h"

namespace troupe::homeserver::memory {

/// An id of the sender's server for a new event, in the room versions where events are given theirs; empty in others.
std::string draw_event_id(const matrix::RoomVersion& version, std::string_view sender);

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

struct Rooms::Impl {
  using Layer = std::unordered_map<RoomNum, RoomStage>;
  /// Hash of a request → the event it made.
  using Txns = std::unordered_map<std::string, StoredEventPtr>;

  store::Database& database;
  const base::Clock& clock;
  EventLookup& lookup;
  Users& users;

  std::shared_ptr<TailBudget> tail_budget = std::make_shared<TailBudget>();

  mutable base::SharedMutex map_mutex;
  std::unordered_map<std::string, RoomPtr, TextHash, std::equal_to<>> by_id GUARDED_BY(map_mutex);
  std::unordered_map<RoomNum, RoomPtr> by_num GUARDED_BY(map_mutex);

  /// The newest events of all rooms, for the feed; and the span of the stream that they are complete for.
  /// So many in any case, and more as long as they are small: whoever follows the stream a few times a second reads no
  /// rows then, also under load.
  static constexpr std::size_t kRecentEvents = 1024;
  static constexpr std::size_t kMostRecentEvents = 4096;
  static constexpr std::size_t kRecentBytes = 4UL * 1024 * 1024;  ///< of their PDUs
  mutable base::Mutex recent_mutex;
  std::deque<StoredEventPtr> recent GUARDED_BY(recent_mutex);
  std::size_t recent_bytes GUARDED_BY(recent_mutex) = 0;
  StreamPos recent_after GUARDED_BY(recent_mutex) = -1;  ///< −1: nothing was committed since the start
  StreamPos recent_upto GUARDED_BY(recent_mutex) = 0;

  /// What another process changed lately, for a room that is being read from a snapshot older than that.
  struct Foreign {
    std::int64_t at_ms = 0;  ///< steady_ms
    RoomNum room = 0;
    StoredEventPtr event;  ///< nullptr: only flags
    bool pruned = false;   ///< `event` is the new form of an older one
    std::optional<bool> is_public{};
    std::optional<bool> blocked{};
  };
  std::deque<Foreign> foreign GUARDED_BY(map_mutex);
  StreamPos foreign_dropped GUARDED_BY(map_mutex) = 0;  ///< events up to here may be missing in `foreign`
  /// Rooms that left memory sooner than a snapshot may live.
  struct Evicted {
    std::int64_t at_ms = 0;  ///< steady_ms
    StreamPos last_event = 0;
  };
  std::unordered_map<RoomNum, Evicted> evicted GUARDED_BY(map_mutex);
  /// Purged since the start: a reader with an older snapshot must not bring them back.
  std::unordered_set<RoomNum> gone GUARDED_BY(map_mutex);

  /// Members whose events lie whole in their rooms (Members::wake), oldest first.
  struct Awake {
    std::weak_ptr<Room> room;
    Interned user;
  };
  static constexpr std::size_t kMostAwake = 4096;

  // Writer thread only.
  std::deque<Awake> awake;
  StreamPos cursor = 0;  ///< everything up to here is applied, whoever committed it
  Layer operation;
  Layer batch;
  Txns operation_txns;
  Txns batch_txns;

  static const RoomStage* stage_in(const Layer& layer, RoomNum room) {
    if (layer.empty()) return nullptr;
    auto found = layer.find(room);
    return found == layer.end() ? nullptr : &found->second;
  }
  /// `seen`: the newest position that the room may have been read without. nullptr: the room was purged meanwhile.
  RoomPtr keep(RoomPtr room, StreamPos seen);
  /// Remembers the change; yields the room when it is in memory.
  RoomPtr note_foreign(Foreign change);
  void bring_up_to_date(Room& room) const REQUIRES(map_mutex);
  void take_in(const std::vector<event_store::FoundEvent>& found, StreamPos upto);
  RoomPtr read(store::Connection& connection, RoomRow row) const;
  EventCounts stored;  ///< events that this process has committed
  StoredEventPtr wake_member(const RoomPtr& room, std::string_view user_id);
  void publish(RoomStage& stage);
  void forget_recent(RoomNum num, StreamPos before);
  /// A purged room leaves memory, and its people's views.
  void forget(RoomNum num, StreamPos pos);
  void remember(const std::vector<StoredEventPtr>& events, const std::vector<StoredEventPtr>& pruned, StreamPos head);
};

}  // namespace troupe::homeserver::memory
