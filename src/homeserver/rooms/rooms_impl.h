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

  // Writer thread only.
  Layer operation;
  Layer batch;
  Txns operation_txns;
  Txns batch_txns;

  static const RoomStage* stage_in(const Layer& layer, RoomNum room) {
    if (layer.empty()) return nullptr;
    auto found = layer.find(room);
    return found == layer.end() ? nullptr : &found->second;
  }
  RoomPtr keep(RoomPtr room);
  RoomPtr read(store::Connection& connection, RoomRow row) const;
  void publish(RoomStage& stage);
  void remember(const std::vector<StoredEventPtr>& events, const std::vector<StoredEventPtr>& pruned, StreamPos head);
};

}  // namespace troupe::homeserver
