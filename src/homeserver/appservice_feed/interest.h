// Which events concern which application service (Application Service API #application-services).
#pragma once
#include <map>
#include <string>
#include <utility>

#include "homeserver/appservice/services.h"
#include "homeserver/memory/rooms.h"

namespace troupe::homeserver::appservice_feed {

inline constexpr std::string_view kMember = "m.room.member";
bool is_join(const memory::StoredEvent& member_event);

/// One per server. Calls one after the other, events in the order of the stream.
///
/// A service gets all events of a room while one of its users is joined. Of each room one such user is remembered, the
/// witness: only when that one leaves are the members looked through again, so that an event costs the same in a room
/// of ten thousand.
class Interest {
 public:
  static constexpr std::size_t kMaxRooms = 50'000;  ///< of which something is remembered; then all is forgotten

  explicit Interest(memory::Rooms& rooms) : rooms_(rooms) {}

  /// Whether the service is told of the event: of its sender, of the member it is about, or of the room as it was then.
  bool wants(store::Connection& connection, const appservice::Service& service, const memory::StoredEvent& stored);
  /// Whether what passes in the room at the position concerns the service.
  bool wants_room(store::Connection& connection, const appservice::Service& service, memory::RoomNum room,
                  StreamPos at);
  /// Another look begins: aliases may have come and gone, which no event says.
  void begin_look() { by_alias_.clear(); }
  /// Events were passed over, or come again.
  void clear() { witnesses_.clear(); }

 private:
  using Key = std::pair<const appservice::Service*, memory::RoomNum>;
  bool has_witness(store::Connection& connection, const appservice::Service& service, const memory::RoomPtr& room,
                   StreamPos at);
  static std::string find_witness(store::Connection& connection, const appservice::Service& service,
                                  const memory::RoomPtr& room, StreamPos at);
  bool has_alias(store::Connection& connection, const appservice::Service& service, memory::RoomNum room);
  void note_member(const Key& key, const std::string& user_id, bool joined);

  memory::Rooms& rooms_;
  std::map<Key, std::string> witnesses_;  ///< empty: there is none
  std::map<Key, bool> by_alias_;          ///< of this look
};

}  // namespace troupe::homeserver::appservice_feed
