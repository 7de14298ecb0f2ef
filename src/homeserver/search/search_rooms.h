// The rooms that one person searches, each as they may see it.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "homeserver/memory/users.h"
#include "homeserver/sync/filter.h"
#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::search {

/// Lives for one answer on one thread.
class SearchRooms {
 public:
  /// Those that the user is or was in and did not forget, and that the filter lets pass. Beside rooms that the filter
  /// names, the rooms that were upgraded to them. All arguments must outlive it.
  SearchRooms(const memory::UserView& user, const sync::EventFilter& filter, const sync::Recipient& recipient,
              store::Connection& connection, StreamPos head);

  bool empty() const { return rooms_.empty(); }
  /// For the index: few rooms are asked for by name, of many what is found is looked at. Ascending; empty: ask for all.
  std::vector<memory::RoomNum> few() const;
  /// nullptr: not one of them, or the user may read nothing of it.
  sync::RoomView* view(memory::RoomNum room);
  /// The room's state as far as the user may know it; of its members these alone.
  std::vector<memory::StoredEventPtr> state(memory::RoomNum room, const std::set<std::string>& members);

 private:
  struct Searched {
    memory::RoomPtr room;
    std::unique_ptr<sync::RoomView> view;
    bool closed = false;
  };
  const sync::Recipient& recipient_;
  store::Connection& connection_;
  const StreamPos head_;
  std::map<memory::RoomNum, Searched> rooms_;
};

}  // namespace troupe::homeserver::search
