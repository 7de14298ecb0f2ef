// Who is in a room, as the port asks it.
#include "base/mutex.h"
#include "homeserver/memory/event_store.h"
#include "homeserver/port/embedded_homeserver.h"

namespace troupe::homeserver::port {

Task<std::vector<std::string>> EmbeddedHomeserver::joined_members(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<std::vector<std::string>> {
    auto row = memory::event_store::find_room(connection, room_id);
    if (!row) return Error(Errc::not_found, "There is no room " + room_id + " on this server.");
    std::vector<std::string> members;
    for (auto& member : memory::event_store::members_of(connection, row->room, "join"))
      members.push_back(std::move(member.user_id));
    return members;
  };
  co_return co_await parts_.db.read(read);
}

Task<StreamPos> EmbeddedHomeserver::members_version(std::string room_id) {
  const auto room = parts_.rooms.find(room_id);
  if (room && !parts_.db.shared()) {
    const base::ReadLock lock(room->mutex());
    co_return room->members().newest();
  }
  // Asleep; or another process' word of it may still be on its way here.
  auto read = [&](store::Connection& connection) -> Result<StreamPos> {
    const auto row = memory::event_store::find_room(connection, room_id);
    return row ? memory::event_store::newest_member(connection, row->room) : 0;
  };
  co_return co_await parts_.db.read(read);
}

}  // namespace troupe::homeserver::port
