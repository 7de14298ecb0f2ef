// Unread counts once made are kept, packed: there is one for each room of everybody who syncs.
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

/// Counts at a position, and what they rest on beside the user's settings.
struct UnreadState {
  ReadFloors floors;
  StreamPos member_pos = 0;
  StreamPos joined_at = 0;
  StreamPos upto = 0;
  UnreadCounts counts;
};

/// One per server; callable from any thread. Forgets by itself when there are too many.
class UnreadStates {
 public:
  static constexpr std::size_t kMostOfShard = 8192;
  explicit UnreadStates(std::size_t most_of_shard = kMostOfShard) : most_of_shard_(most_of_shard) {}

  /// What was put last, if the user's settings are still the same.
  std::optional<UnreadState> find(const std::string& user_id, memory::RoomNum room,
                                  const account_data::UserSettingsPtr& settings);
  /// Forgets all of the user's that rest on other settings.
  void put(const std::string& user_id, memory::RoomNum room, const account_data::UserSettingsPtr& settings,
           UnreadState state);

 private:
  /// Of those who are in threads, and they are few.
  struct Threads {
    decltype(ReadFloors::threads) floors;
    decltype(UnreadCounts::threads) counts;
  };
  struct Packed {
    StreamPos read_everything = 0;
    StreamPos read_main = 0;
    StreamPos member_pos = 0;
    StreamPos joined_at = 0;
    StreamPos upto = 0;
    UnreadCount main;
    std::unique_ptr<const Threads> threads;
  };
  struct OfUser {
    account_data::UserSettingsPtr settings;
    std::unordered_map<memory::RoomNum, Packed> rooms;
  };
  struct Shard {
    base::Mutex mutex;
    std::unordered_map<std::string, OfUser> users GUARDED_BY(mutex);
    std::size_t size GUARDED_BY(mutex) = 0;  ///< rooms of all users
  };
  static Packed pack(UnreadState state);
  static UnreadState unpack(const Packed& packed);
  Shard& shard_of(const std::string& user_id) { return shards_[std::hash<std::string>{}(user_id) % shards_.size()]; }

  const std::size_t most_of_shard_;
  std::array<Shard, 16> shards_;
};

}  // namespace troupe::homeserver::sync
