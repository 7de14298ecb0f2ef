// One room's part of a /sync answer (Client-Server API #get_matrixclientv3sync).
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "homeserver/account_data/account_data.h"
#include "homeserver/account_data/account_data_store.h"
#include "homeserver/memory/typing.h"
#include "homeserver/sync/filter.h"
#include "homeserver/sync/presence_feed.h"
#include "homeserver/sync/receipts.h"
#include "homeserver/sync/timeline.h"
#include "homeserver/sync/unread.h"

namespace troupe::homeserver::sync {

/// What the parts of an answer are made from.
struct SyncServices {
  Receipts& receipts;
  Unread& unread;
  memory::Typing& typing;
  account_data::AccountData& account_data;
  PresenceFeed& presence;
};

/// One computation of an answer, the same for all its rooms.
struct SyncFrame {
  const SyncServices& services;
  const Recipient& recipient;
  const Filter& filter;
  store::Connection* connection = nullptr;  ///< none: from memory alone
  StreamPos since = 0;                      ///< 0: first sync
  StreamPos upto = 0;                       ///< next_batch
  /// Typing that changed after this number is told, also that nobody types any more; none: where somebody types now.
  std::optional<std::uint64_t> typing_since;
  bool ephemeral_news = false;  ///< somebody's typing may have changed
  bool typing_anew = false;     ///< every room's typing is told: the reader may believe what nobody here remembers
  bool full_state = false;
  std::string_view state_after_key;  ///< `state_after`, or its unstable name; empty: send `state`
};

struct SyncRoomInput {
  memory::RoomPtr room;
  StreamPos member_pos = 0;  ///< of the user's member event
  bool forgotten = false;    ///< by the user
  const std::vector<account_data::account_data_store::AccountDataRow>* account_data =
      nullptr;  ///< changed ones of this room; may be null
};

/// What a room's part tells the rest of the answer.
struct SyncRoomOutcome {
  bool incomplete = false;  ///< memory did not suffice
  bool shown = false;       ///< something was appended
  bool newly_joined = false;
  bool typing = false;              ///< it was told that somebody types
  std::vector<std::string> joined;  ///< others who joined after `since`
  std::vector<std::string> left;    ///< others who left after `since`
};

/// Appends `"room_id":{…}` for a room that the user is in. Nothing when there is no news.
SyncRoomOutcome append_joined_room(std::string& out, const SyncFrame& frame, const SyncRoomInput& input);
/// The same for one that the user left, or was removed or banned from, at input.member_pos. Who was never in, or had
/// left before, sees their own membership; nothing after the event by which they ceased to be a member is shown.
SyncRoomOutcome append_left_room(std::string& out, const SyncFrame& frame, const SyncRoomInput& input);
/// For one that was purged: that the user is out of it, and nothing else.
void append_gone_room(std::string& out, std::string_view room_id, StreamPos since);
/// The same for an invite or a knock: stripped state under `state_key` (`invite_state`, `knock_state`).
SyncRoomOutcome append_stripped_room(std::string& out, const SyncFrame& frame, const SyncRoomInput& input,
                                     std::string_view state_key);

/// What an invited or knocking user is shown of a room: the events that name it, their own membership and whoever set
/// it.
std::vector<memory::StoredEventPtr> stripped_state(const memory::Room& room, std::string_view user_id);

/// How many timeline events a sync shows per room when the filter does not say, and at most.
inline constexpr std::size_t kDefaultTimeline = 10;
inline constexpr std::size_t kMaxTimeline = 100;

}  // namespace troupe::homeserver::sync
