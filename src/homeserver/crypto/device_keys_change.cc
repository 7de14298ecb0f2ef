#include "homeserver/crypto/device_keys_change.h"

#include "homeserver/appservice/device_notes_store.h"
#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/memory/event_store.h"
#include "homeserver/memory/notes.h"

namespace troupe::homeserver::crypto {

StreamPos DeviceChanges::changed(store::Tx& tx, std::string_view user_id) {
  const auto pos = tx.next_pos();
  device_keys_store::note_change(tx, user_id, pos);
  std::vector<memory::RoomNum> rooms;
  for (const auto& membership : memory::event_store::memberships_of(tx, user_id)) {
    if (membership.membership == "join") rooms.push_back(membership.room);
  }
  memory::notes::devices_changed(tx, user_id, pos, rooms);
  tx.after_commit([this, user = std::string(user_id), rooms = std::move(rooms), pos] {
    users_.touch(user, pos);
    for (const auto num : rooms) {
      // A room that is not in memory has nobody online.
      if (const auto room = rooms_.find(num)) users_.touch_members(room, pos);
    }
  });
  return pos;
}

void DeviceChanges::touched(store::Tx& tx, std::string_view user_id, StreamPos pos) {
  if (services_) {
    for (const auto& service : services_->all()) {
      if (service->hears_devices() && service->has_user(user_id))
        appservice::device_notes_store::note_count(tx, service->id(), {.user_id = std::string(user_id), .pos = pos});
    }
  }
  memory::notes::own_changed(tx, user_id, pos);
  tx.after_commit([this, user = std::string(user_id), pos] { users_.touch(user, pos); });
}

}  // namespace troupe::homeserver::crypto
