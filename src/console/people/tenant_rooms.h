// Rooms as one caller reaches them: those that somebody of their tenant is in. An administrator acts there for an
// account that they reach, too.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "console/people/reached_user.h"

namespace troupe::console::people {

struct RoomWish {
  std::string name;
  std::string topic;
  bool is_public = false;
  std::string alias;  ///< "hall", "#hall" or "#hall:this.server"; empty: none
  std::vector<ReachedUser> invite;
};
struct MadeRoom {
  std::string room_id;
  std::string canonical_alias;  ///< empty: none
};

/// Made by TenantRooms alone. It outlives the tasks it hands out. Errors: the port's.
class ReachedRoom {
 public:
  const std::string& room_id() const { return summary_.room_id; }
  const matrix::RoomSummary& summary() const { return summary_; }

  /// The same key from the same account again sends nothing.
  Task<matrix::SentEvent> say(const ReachedUser& as, std::string text, std::string key) const;
  Task<Unit> invite(const ReachedUser& as, const ReachedUser& who) const {
    return rooms_.invite(as.user_id(), room_id(), who.user_id());
  }
  Task<Unit> join(const ReachedUser& who) const { return rooms_.join(who.user_id(), room_id()); }
  /// Newest first. limit 1…100.
  Task<std::vector<matrix::RoomMessage>> newest(const ReachedUser& as, std::size_t limit) const {
    return rooms_.recent_messages(room_id(), as.user_id(), limit);
  }

 private:
  friend class TenantRooms;
  ReachedRoom(matrix::RoomActions& rooms, matrix::RoomSummary summary) : rooms_(rooms), summary_(std::move(summary)) {}

  matrix::RoomActions& rooms_;
  matrix::RoomSummary summary_;
};

/// The rooms that the caller reaches; administrators of the default tenant reach all. Made for one request; the tasks
/// it hands out may outlive it.
class TenantRooms {
 public:
  TenantRooms(const PeopleParts& parts, const net::route::Call& call) : parts_(parts), reach_(call) {}

  /// By id or alias. Error: not_found.
  Task<ReachedRoom> find(std::string room_id_or_alias) const {
    return find_in(parts_, reach_, std::move(room_id_or_alias));
  }
  Task<MadeRoom> create(const ReachedUser& creator, RoomWish wish) const {
    return create_in(parts_, creator.user_id(), std::move(wish));
  }
  /// Those that an account is in.
  Task<std::vector<matrix::RoomSummary>> of(const ReachedUser& user) const { return rooms_of(parts_, user.user_id()); }

 private:
  static Task<ReachedRoom> find_in(const PeopleParts& parts, Reach reach, std::string room_id_or_alias);
  static Task<MadeRoom> create_in(const PeopleParts& parts, std::string creator, RoomWish wish);
  static Task<std::vector<matrix::RoomSummary>> rooms_of(const PeopleParts& parts, std::string user_id);

  const PeopleParts& parts_;
  Reach reach_;
};

/// What handlers hold of rooms: it opens with a caller only.
class RoomDoor {
 public:
  explicit RoomDoor(const PeopleParts& parts) : parts_(parts) {}
  TenantRooms operator()(const net::route::Call& call) const { return {parts_, call}; }

 private:
  const PeopleParts& parts_;
};

}  // namespace troupe::console::people
