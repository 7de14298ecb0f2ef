// One room's part of an answer of sliding sync (MSC4186).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/sliding/room_list.h"
#include "homeserver/sync/sync_room.h"

namespace troupe::homeserver::sliding {

/// One computation of an answer, the same for all its rooms.
struct SlidingFrame {
  const sync::SyncServices& services;
  RoomFacts& facts;
  const sync::Recipient& recipient;
  SlidingShape shape = SlidingShape::unstable;
  store::Connection* connection = nullptr;  ///< none: from memory alone
  StreamPos since = 0;                      ///< the connection's; 0: it begins
  StreamPos upto = 0;
  bool other_settings = false;  ///< unread counts may be others although nothing came
};

struct SlidingRoomInput {
  const ListedRoom& listed;
  const SentRoom* before = nullptr;  ///< how the connection knows the room; null: not at all
  std::size_t timeline_limit = 0;
  const RequiredState& wanted;
  const RequiredState* wanted_before = nullptr;  ///< null: the same
  const std::vector<std::string_view>& lists;    ///< it is shown in; the accepted shape names them
};

struct SlidingRoomOutcome {
  bool incomplete = false;  ///< memory did not suffice
  bool shown = false;       ///< something was appended
  bool initial = false;
  SentRoom now{};                          ///< how the connection knows the room then; its `state` is the caller's
  std::vector<std::string_view> timeline;  ///< ids of the events shown; borrowed from `kept`
  std::vector<memory::StoredEventPtr> kept;
};

/// Appends `"room_id":{…}`, or nothing when there is no news.
SlidingRoomOutcome append_sliding_room(std::string& out, const SlidingFrame& frame, const SlidingRoomInput& input);

/// Up to where the connection was shown a room that it knows.
inline StreamPos shown_upto(const SentRoom& sent, StreamPos since) {
  return sent.has(SentRoom::kLive) ? since : sent.upto;
}

}  // namespace troupe::homeserver::sliding
