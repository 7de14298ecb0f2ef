// One room's part of a /sync answer (Client-Server API #get_matrixclientv3sync).
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "homeserver/reading/filter.h"
#include "homeserver/reading/receipts.h"
#include "homeserver/reading/timeline.h"
#include "homeserver/reading/typing.h"
#include "homeserver/reading/unread.h"
#include "homeserver/settings/account_data.h"

namespace troupe::homeserver {

/// What the parts of an answer are made from.
struct SyncServices {
  Receipts& receipts;
  Unread& unread;
  Typing& typing;
  AccountData& account_data;
};

/// One computation of an answer, the same for all its rooms.
struct SyncFrame {
  const SyncServices& services;
  const Recipient& recipient;
  const Filter& filter;
  store::Connection* connection = nullptr;  ///< none: from memory alone
  StreamPos since = 0;                      ///< 0: first sync
  StreamPos upto = 0;                       ///< next_batch
  std::uint64_t ephemeral_since = 0;
  bool ephemeral_news = false;  ///< somebody's typing may have changed
  bool full_state = false;
  std::string_view state_after_key;  ///< `state_after`, or its unstable name; empty: send `state`
};

struct SyncRoomInput {
  RoomPtr room;
  StreamPos member_pos = 0;                                                  ///< of the user's member event
  const std::vector<reading_store::AccountDataRow>* account_data = nullptr;  ///< changed ones of this room; may be null
};

/// What a room's part tells the rest of the answer.
struct SyncRoomOutcome {
  bool incomplete = false;  ///< memory did not suffice
  bool shown = false;       ///< something was appended
  bool newly_joined = false;
  std::vector<std::string> joined;  ///< others who joined after `since`
  std::vector<std::string> left;    ///< others who left after `since`
};

/// Appends `"room_id":{…}` for a room that the user is in. Nothing when there is no news.
SyncRoomOutcome append_joined_room(std::string& out, const SyncFrame& frame, const SyncRoomInput& input);
/// The same for one that the user left, or was removed or banned from, at input.member_pos. Who was never in, or had
/// left before, sees their own membership; nothing after the event by which they ceased to be a member is shown.
SyncRoomOutcome append_left_room(std::string& out, const SyncFrame& frame, const SyncRoomInput& input);
/// The same for an invite or a knock: stripped state under `state_key` (`invite_state`, `knock_state`).
SyncRoomOutcome append_stripped_room(std::string& out, const SyncFrame& frame, const SyncRoomInput& input,
                                     std::string_view state_key);

/// How many timeline events a sync shows per room when the filter does not say, and at most.
inline constexpr std::size_t kDefaultTimeline = 10;
inline constexpr std::size_t kMaxTimeline = 100;

}  // namespace troupe::homeserver
