// All rooms as administrators look over them: a sorted and filtered list, and one room in detail.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/room_shapes.h"
#include "homeserver/memory/rooms.h"

namespace troupe::homeserver::admin {

enum class RoomOrder {
  name,
  canonical_alias,
  joined_members,
  joined_local_members,
  version,
  creator,
  encryption,
  federatable,
  is_public,
  join_rules,
  guest_access,
  history_visibility,
  state_events,
};
/// By Synapse's word for it, the two old ones included; nothing: there is no such order.
std::optional<RoomOrder> parse_room_order(std::string_view word);

struct RoomListQuery {
  AdminPage page;
  RoomOrder order = RoomOrder::name;
  std::string search;               ///< part of name or alias, or a whole room id; empty: all
  std::optional<bool> only_public;  ///< in the directory, or not
  std::optional<bool> only_empty;   ///< nobody in it, or somebody
};

/// One per server; callable from any thread. Rooms that are not in memory are read and stay out of it.
class RoomList {
 public:
  RoomList(store::Database& db, const memory::Rooms& rooms) : db_(db), rooms_(rooms) {}

  /// Reads what the order and the filters need of every room, some hundred rooms at a time, then all of the page.
  Task<RoomEntries> page(RoomListQuery query);
  /// Those that the account is in and that `search` matches (RoomListQuery), by their ids; none where there is no such
  /// account.
  Task<RoomEntries> of_member(std::string user_id, std::string search, AdminPage page);
  Task<RoomDetails> details(std::string room_id);      ///< not_found
  Task<MemberList> members(std::string room_id);       ///< not_found
  Task<Extremities> extremities(std::string room_id);  ///< not_found; the newest event: rooms here are a line

 private:
  struct Candidate;
  class Look;
  Task<std::vector<Candidate>> candidates(const RoomListQuery& query);
  Task<std::vector<RoomEntry>> entries(std::span<const Candidate> chosen);

  store::Database& db_;
  const memory::Rooms& rooms_;
};

}  // namespace troupe::homeserver::admin
