// Whose devices concern which application service: those of its users, and of everybody in a room with one of them
// (MSC3202 #device-lists).
#pragma once
#include <string>
#include <vector>

#include "homeserver/appservice/device_notes_store.h"
#include "homeserver/appservice_feed/interest.h"

namespace troupe::homeserver::appservice_feed {

/// One per server. Calls one after the other, events in the order of the stream, each before Interest::wants is asked
/// about it: that it is the service's first user who comes into a room can be told only then.
class DeviceInterest {
 public:
  using ListNote = appservice::device_notes_store::ListNote;
  static constexpr std::size_t kMaxRoomsOfPerson = 100;  ///< looked at for one change; who is in more is told of
  static constexpr std::size_t kMaxNewMembers = 1'000;   ///< of a room that the service comes into

  DeviceInterest(memory::Rooms& rooms, Interest& interest) : rooms_(rooms), interest_(interest) {}

  /// Whether a change of the user's devices concerns the service, as rooms are at the position.
  bool wants_user(store::Connection& connection, const appservice::Service& service, const std::string& user_id,
                  StreamPos at);
  /// Who came to share rooms with the service's users by the event, and who ceased to.
  std::vector<ListNote> changed_by(store::Connection& connection, const appservice::Service& service,
                                   const memory::StoredEvent& stored);

 private:
  std::vector<ListNote> members_of(store::Connection& connection, const memory::StoredEvent& stored);
  memory::Rooms& rooms_;
  Interest& interest_;
};

}  // namespace troupe::homeserver::appservice_feed
