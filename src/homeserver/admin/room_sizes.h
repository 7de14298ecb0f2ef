// What the events of rooms take of the database.
#pragma once
#include "homeserver/admin/room_size_store.h"

namespace troupe::homeserver::admin {

/// Sums are kept with the position up to which they go, and brought on when somebody asks: who never asks pays nothing.
/// They are estimates: what a redaction removes is not taken off, nor what is stored beside the events. Callable from
/// any thread.
class RoomSizes {
 public:
  struct Bounds {
    std::size_t at_once = 5'000;
    /// Events that one request looks at. A server that has more is looked through by several requests, each of which
    /// answers with what is known by then.
    std::size_t in_all = 500'000;
  };
  explicit RoomSizes(store::Database& db) : RoomSizes(db, Bounds()) {}
  RoomSizes(store::Database& db, Bounds bounds) : db_(db), bounds_(bounds) {}

  Task<std::vector<RoomSize>> largest(std::size_t limit);

 private:
  /// How many events there were: fewer than asked for at once, and it is through.
  Task<std::size_t> look_on();

  store::Database& db_;
  Bounds bounds_;
};

}  // namespace troupe::homeserver::admin
