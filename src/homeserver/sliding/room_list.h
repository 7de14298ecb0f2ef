// The rooms of a user as sliding sync lists them: ordered by their newest event, filtered, and cut into windows.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "homeserver/sliding/connections.h"
#include "homeserver/sliding/room_facts.h"

namespace troupe::homeserver::sliding {

struct ListedRoom {
  memory::RoomPtr room;
  RoomPart part = RoomPart::joined;
  StreamPos member_pos = 0;
  StreamPos last = 0;  ///< of the newest event; of a room that the user is not in, of their membership
  bool direct = false;
  bool forgotten = false;  ///< by the user, on another device, while the connection knew it otherwise
};

/// What the rooms of a list are taken from.
struct RoomListBasis {
  RoomFacts& facts;
  const memory::UserView& user;
  const UserMarks& marks;
  const sync::Recipient& recipient;
  const ConnectionState* since;  ///< what the connection was sent; may be null
  StreamPos upto = 0;            ///< memberships after it are for the next answer
};

/// Lives for one answer.
class RoomList {
 public:
  /// False: memory did not suffice. Joined, invited and knocked rooms; those the user was removed or banned from after
  /// they had been in; those they left while the connection knows them otherwise. Forgotten ones never, nor invites
  /// from whom the user ignores.
  bool fill(const RoomListBasis& basis, store::Connection* connection);

  /// All of them, by room.
  const std::vector<ListedRoom>& rooms() const { return rooms_; }
  const ListedRoom* find(std::string_view room_id) const;

  struct Window {
    std::size_t count = 0;  ///< of the rooms that pass
    /// For each range the rooms in it, as indexes into rooms(), the newest first.
    std::vector<std::vector<std::size_t>> ranges;
  };
  /// What filters that SlidingFilters::uses_state() go by; before the window() of such a list. False: memory did not
  /// suffice.
  bool find_facts(const RoomListBasis& basis, store::Connection* connection);
  /// After the first one, what lists have in common (order, spaces) is not looked for again.
  Window window(const SlidingList& list);

 private:
  using RoomSet = std::vector<bool>;  ///< by index

  void sort();
  /// Rooms that the space names as its children; none when the user is not in it.
  const std::vector<std::size_t>& children_of(const std::string& space_id);
  std::vector<std::size_t> find_children(const memory::Room& space) const;
  bool passes(const SlidingFilters& filters, const RoomSet& in_spaces, std::size_t index) const;
  bool passes_tags(const SlidingFilters& filters, const memory::Room& room) const;
  static bool passes_state(const SlidingFilters& filters, const FilteredBy& facts);

  std::vector<ListedRoom> rooms_;
  std::unordered_map<std::string_view, std::size_t> by_id_;  ///< borrowed from the rooms
  std::vector<std::size_t> newest_;                          ///< indexes, the newest first
  std::vector<FilteredBy> facts_;                            ///< when a filter asks
  std::map<std::string, std::vector<std::size_t>> children_;
  const UserMarks* marks_ = nullptr;
};

}  // namespace troupe::homeserver::sliding
