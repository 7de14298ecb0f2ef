// Small facts about rooms and users that sliding sync needs for each room of a list, kept so that a list costs no
// query.
#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "homeserver/memory/users.h"
#include "homeserver/sync/event_view.h"

namespace troupe::homeserver::sliding {

/// What of a user's account data lists are made by. Immutable.
struct UserMarks {
  StreamPos own_pos = 0;                                  ///< UserView::last_own_pos() before it was read
  std::set<std::string, std::less<>> direct;              ///< rooms of m.direct
  std::map<memory::RoomNum, std::set<std::string>> tags;  ///< only when they were asked for
  bool has_tags = false;
};
using UserMarksPtr = std::shared_ptr<const UserMarks>;

/// What filters ask of a room's state.
struct FilteredBy {
  memory::StoredEventPtr create;
  memory::StoredEventPtr name;
  bool encrypted = false;
};

/// One per server; callable from any thread.
class RoomFacts {
 public:
  /// Nothing when memory does not suffice and there is no connection, which must have been opened after `own_pos` was
  /// read.
  UserMarksPtr marks(store::Connection* connection, const std::string& user_id, StreamPos own_pos, bool with_tags);

  /// Position of the newest event by which clients order their lists (messages and their like, not every event).
  /// Nothing when memory does not suffice and there is no connection.
  std::optional<StreamPos> bump_stamp(store::Connection* connection, const memory::Room& room);

  /// Whether the user was a member before they ceased to be at `member_pos`. As above.
  std::optional<bool> was_joined(store::Connection* connection, const memory::RoomPtr& room,
                                 const sync::Recipient& recipient, StreamPos member_pos);

  /// What filters go by in a room that the user ceased to be a member of at `member_pos`: its state then, since what
  /// came later is not theirs to find out. Who never was in knows the room's kind alone. As above.
  std::optional<FilteredBy> when_left(store::Connection* connection, const memory::RoomPtr& room,
                                      const sync::Recipient& recipient, StreamPos member_pos);

 private:
  static constexpr std::size_t kMaxPerShard = 8192;
  struct Bump {
    StreamPos looked_upto = 0;
    StreamPos stamp = 0;
  };
  struct Shard {
    base::Mutex mutex;
    std::unordered_map<std::string, UserMarksPtr> marks GUARDED_BY(mutex);
    std::unordered_map<memory::RoomNum, Bump> bumps GUARDED_BY(mutex);
    std::unordered_map<std::string, std::pair<StreamPos, bool>> joined GUARDED_BY(mutex);
    std::unordered_map<std::string, std::pair<StreamPos, FilteredBy>> left GUARDED_BY(mutex);
  };
  std::array<Shard, 16> shards_;
};

}  // namespace troupe::homeserver::sliding
