// Unread counts: what notified a user in a room since they last read it (Client-Server API #receiving-notifications).
#pragma once
#include <array>
#include <boost/container/flat_map.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "homeserver/account_data/account_data.h"
#include "homeserver/sync/receipts.h"

namespace troupe::homeserver::sync {

struct UnreadCount {
  std::int64_t notifications = 0;
  std::int64_t highlights = 0;
};
struct UnreadCounts {
  UnreadCount main;  ///< outside threads
  /// By the root's event id; only those with a count. Small when there are none, as for most members of most rooms.
  boost::container::flat_map<std::string, UnreadCount, std::less<>> threads;
  UnreadCount total() const;
};

/// One per server; callable from any thread. Counts are derived, kept in memory, and carried on event by event; a
/// receipt, other push rules or an own message start them anew. At most kMaxCounted events are looked at.
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
  struct Entry;
  using EntryPtr = std::shared_ptr<const Entry>;
  struct Shard {
    base::Mutex mutex;
    std::unordered_map<std::string, EntryPtr> entries GUARDED_BY(mutex);
  };
  static constexpr std::size_t kMaxEntriesPerShard = 8192;
  Shard& shard_of(const std::string& key);

  Receipts& receipts_;
  account_data::AccountData& account_data_;
  std::array<Shard, 16> shards_;
};

}  // namespace troupe::homeserver::sync
