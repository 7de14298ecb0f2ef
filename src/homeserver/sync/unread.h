// Unread counts: what notified a user in a room since they last read it (Client-Server API #receiving-notifications).
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "homeserver/account_data/account_data.h"
#include "homeserver/sync/receipts.h"
#include "homeserver/sync/unread_states.h"

namespace troupe::homeserver::sync {

/// One per server; callable from any thread. Counts are derived, kept in memory, and carried on event by event; a
/// receipt, other push rules, an own message or a redaction of what was counted start them anew. At most kMaxCounted
/// events are looked at.
class Unread {
 public:
  static constexpr std::size_t kMaxCounted = 1000;
  Unread(Receipts& receipts, account_data::AccountData& account_data)
      : receipts_(receipts), account_data_(account_data) {}

  /// The counts of a joined member at a position or a little later. `member_pos`: of their member event; `joined_at`
  /// yields when they joined (what was before does not count) and is asked when that event is a new one. Nothing when
  /// memory does not suffice and there is no connection.
  std::optional<UnreadCounts> count(store::Connection* connection, const memory::RoomPtr& room,
                                    const std::string& user_id, StreamPos member_pos, StreamPos upto,
                                    const std::function<StreamPos()>& joined_at);

 private:
  Receipts& receipts_;
  account_data::AccountData& account_data_;
  UnreadStates states_;
};

}  // namespace troupe::homeserver::sync
