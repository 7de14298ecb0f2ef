// The inside of Rooms, shared by rooms.cc and room_for_write.cc. Nobody else includes it.
#pragma once
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "homeserver/rooms/rooms.h"

namespace troupe::homeserver {

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

  mutable std::shared_mutex map_mutex;
  std::unordered_map<std::string, RoomPtr, TextHash, std::equal_to<>> by_id;
  std::unordered_map<RoomNum, RoomPtr> by_num;

  /// The newest events of all rooms, for the feed; and the span of the stream that they are complete for.
  static constexpr std::size_t kRecentEvents = 1024;
  mutable std::mutex recent_mutex;
  std::deque<StoredEventPtr> recent;
  StreamPos recent_after = -1;  ///< −1: nothing was committed since the start
  StreamPos recent_upto = 0;

  /// What another process changed lately, for a room that is being read from a snapshot older than that.
  struct Foreign {
    std::int64_t at_ms = 0;  ///< steady_ms
    RoomNum room = 0;
    StoredEventPtr event;  ///< nullptr: only flags
    bool pruned = false;   ///< `event` is the new form of an older one
    std::optional<bool> is_public{};
    std::optional<bool> blocked{};
  };
  std::deque<Foreign> foreign;    ///< guarded by map_mutex
  StreamPos foreign_dropped = 0;  ///< events up to here may be missing in `foreign`; guarded by map_mutex
  /// Rooms that left memory sooner than a snapshot may live.
  struct Evicted {
    std::int64_t at_ms = 0;  ///< steady_ms
    StreamPos last_event = 0;
  };
  std::unordered_map<RoomNum, Evicted> evicted;  ///< guarded by map_mutex

  // Writer thread only.
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
  /// `seen`: the newest position that the room may have been read without.
  RoomPtr keep(RoomPtr room, StreamPos seen);
  /// Remembers the change; yields the room when it is in memory.
  RoomPtr note_foreign(Foreign change);
  void bring_up_to_date(Room& room) const;
  void take_in(const std::vector<event_store::FoundEvent>& found, StreamPos upto);
  RoomPtr read(store::Connection& connection, RoomRow row) const;
  void publish(RoomStage& stage);
  void remember(const std::vector<StoredEventPtr>& events, const std::vector<StoredEventPtr>& pruned, StreamPos head);
};

}  // namespace troupe::homeserver
