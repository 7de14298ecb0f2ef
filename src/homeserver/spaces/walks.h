// Where walks through spaces stand between two pages: kept in memory for a while, so that a page costs what it shows.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "homeserver/spaces/room_card.h"

namespace troupe::homeserver::spaces {

/// A space whose children are being gone through.
struct WalkedSpace {
  std::string room_id;
  std::int64_t depth = 0;  ///< of the space; the root's is 0
  ChildPlace last;         ///< the child that was taken last
  bool begun = false;      ///< false: none was
};

/// A walk between two pages. Not changed once it is kept.
struct Walk {
  std::string request;                ///< what the walk was asked for; another request has no use for it
  std::vector<WalkedSpace> spaces;    ///< from the root down
  std::vector<memory::RoomNum> seen;  ///< rooms that were shown, ascending
};
using WalkPtr = std::shared_ptr<const Walk>;

/// One per server; callable from any thread.
class Walks {
 public:
  static constexpr std::chrono::minutes kKeep{10};
  static constexpr std::size_t kMaxOfUser = 8;  ///< the oldest go
  static constexpr std::size_t kMaxInAll = 512;

  explicit Walks(const base::Clock& clock) : clock_(clock) {}
  /// Yields the token to find it by.
  std::string keep(const std::string& user_id, WalkPtr walk);
  /// The same token may be asked for again: an answer can be lost. Nothing when it is not known (any more).
  WalkPtr find(const std::string& token) const;

 private:
  struct Kept {
    std::string user_id;
    WalkPtr walk;
    std::chrono::steady_clock::time_point until;
  };
  void drop_old() REQUIRES(mutex_);
  void drop_oldest_of(const std::string& user_id) REQUIRES(mutex_);

  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, Kept> walks_ GUARDED_BY(mutex_);
  std::deque<std::string> by_age_ GUARDED_BY(mutex_);  ///< tokens, the oldest first; each in walks_
};

}  // namespace troupe::homeserver::spaces
