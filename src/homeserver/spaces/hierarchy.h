// The tree of rooms under a space, a page at a time, each room once. Client-Server API
// #get_matrixclientv1roomsroomidhierarchy
#pragma once
#include "homeserver/spaces/walks.h"

namespace troupe::homeserver::spaces {

struct HierarchyRequest {
  std::string user_id;
  std::string room_id;
  bool suggested_only = false;
  std::size_t limit = 50;      ///< rooms of a page, 1…kMaxHierarchyPage
  std::int64_t max_depth = 0;  ///< 0: the root alone; at most kMaxHierarchyDepth
  std::string from;            ///< next_batch of the page before; empty: the first page
  bool sees_all = false;       ///< an administrator: every room is shown, whoever may know of it
};
inline constexpr std::int64_t kMaxHierarchyPage = 50;
inline constexpr std::int64_t kMaxHierarchyDepth = 50;
/// Children that one page looks at, whatever it shows of them.
inline constexpr std::size_t kMaxLookedAt = 500;
/// A walk that has shown so many rooms ends.
inline constexpr std::size_t kMaxWalkedRooms = 5000;

struct HierarchyRoom {
  RoomCard card;
  std::vector<boost::json::object> children_state;  ///< stripped, with origin_server_ts; of spaces alone
};
struct HierarchyPage {
  std::vector<HierarchyRoom> rooms;
  std::string next_batch;  ///< empty: that was all
};

/// One per server; callable from any thread.
class Hierarchy {
 public:
  Hierarchy(store::Database& db, const memory::Rooms& rooms, const base::Clock& clock)
      : db_(db), rooms_(rooms), walks_(clock) {}

  /// Depth first, in the spaces' own order. Rooms that the user may not see, and what is under them, are left out.
  /// Errors: forbidden (there is no such root, or the user may not see it), not_found (there is none, for who sees
  /// all), invalid_param (`from` is not known here, or of a request with other parameters).
  Task<HierarchyPage> page(HierarchyRequest request);

 private:
  store::Database& db_;
  const memory::Rooms& rooms_;
  Walks walks_;
};

}  // namespace troupe::homeserver::spaces
