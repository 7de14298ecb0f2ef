// Writes into encrypted rooms (Megolm): a session for each room, whose key each device of its members is sent first.
#pragma once
#include <string>
#include <vector>

#include "fleet/encryption/mailbox.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::encryption {

/// On the fleet's executor; whoever calls holds the line of the device.
class RoomWriter {
 public:
  struct Uses {
    matrix::RoomActions& rooms;
    Peers& peers;
    Mailbox& mailbox;
  };
  explicit RoomWriter(const Uses& uses) : uses_(uses) {}

  /// The event as m.room.encrypted, once whoever is in the room now has been sent the key. Errors: too_large, those of
  /// the homeserver and the database, forbidden (the room asks for an encryption that bots do not know).
  Task<matrix::NewEvent> seal(DevicePtr device, matrix::NewEvent event);

 private:
  using DeviceId = std::pair<std::string, std::string>;
  struct Readers {
    Audience audience;
    std::vector<PeerDevice> devices;
  };
  /// Sees to it that there is a session whose key none but the room's present readers have; yields to whom it is still
  /// to be sent. Where nothing has changed since the last message this costs the same however many read.
  Task<std::vector<PeerDevice>> prepare(DevicePtr device, std::string room_id);
  /// `version`: of the members, from before they are asked for.
  Task<Readers> readers(DevicePtr device, std::string room_id, StreamPos version);
  Task<Unit> begin_session(DevicePtr device, std::string room_id);
  /// Of the readers that the session knows: who has lost the key, and who is to be tried again.
  Task<std::vector<PeerDevice>> wanting(DevicePtr device, std::string room_id);
  Task<Unit> share(DevicePtr device, std::string room_id, std::vector<PeerDevice> to);

  Uses uses_;
};

}  // namespace troupe::fleet::encryption
