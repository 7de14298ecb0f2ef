// What a room shows of itself to whoever may join it or is in it, read without loading the room: for space hierarchies
// and room summaries (Client-Server API #get_matrixclientv1room_summaryroomidoralias).
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/rooms.h"

namespace troupe::homeserver::spaces {

/// Texts are empty where the room has none.
struct RoomCard {
  std::string room_id;
  std::int64_t num_joined_members = 0;
  std::string name;
  std::string topic;
  std::string canonical_alias;
  std::string avatar_url;
  std::string room_type;
  std::string join_rule;
  bool world_readable = false;
  bool guest_can_join = false;
  std::string encryption;  ///< algorithm
  std::string room_version;
  std::optional<std::vector<std::string>> allowed_room_ids;  ///< of a restricted room: whose members may join
  std::string membership;                                    ///< the caller's; empty: not asked for
};

/// Where a child stands among its space's children (Client-Server API #ordering-of-children-within-a-space).
struct ChildPlace {
  bool unordered = false;  ///< without a valid `order`: after all others
  std::string order;
  std::int64_t ts_ms = 0;
  std::string room_id;
  auto operator<=>(const ChildPlace&) const = default;
};
struct SpaceChild {
  ChildPlace place;
  memory::StoredEventPtr event;  ///< m.space.child
};
/// More children of one space are passed over.
inline constexpr std::size_t kMaxChildren = 1000;

/// One room as it is looked at during one read.
class RoomLook {
 public:
  /// Nothing when there is no such room. `rooms` and `connection` must outlive it. Throws store::SqlError, as all
  /// below.
  static std::optional<RoomLook> find(store::Connection& connection, const memory::Rooms& rooms,
                                      std::string_view room_id);

  memory::RoomNum num() const { return row_.room; }
  bool is_space();
  /// Whether the user, or without one anybody, may know of the room: who is joined or invited; everybody but the banned
  /// where it is readable by the world, joinable or may be knocked at; and members of a room that a restricted one
  /// lets in. Blocked rooms are shown to those inside only.
  bool shown_to(std::optional<std::string_view> user_id);
  RoomCard card();
  /// In their order; what is no child any more (without `via`) is left out.
  std::vector<SpaceChild> children(bool suggested_only);
  /// The present membership; empty: never there.
  std::string membership_of(std::string_view user_id);

 private:
  RoomLook(store::Connection& connection, memory::RoomRow row, memory::RoomPtr room)
      : connection_(connection), row_(std::move(row)), room_(std::move(room)) {}
  memory::StoredEventPtr state(std::string_view type);
  std::string text(std::string_view type, std::string_view key);
  std::vector<std::string> allowed_rooms();
  std::int64_t joined_count();

  store::Connection& connection_;
  memory::RoomRow row_;
  memory::RoomPtr room_;  ///< nothing: not in memory
};

}  // namespace troupe::homeserver::spaces
