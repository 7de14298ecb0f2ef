#include "homeserver/admin/room_setup.h"

#include "homeserver/admin/room_routes.h"

namespace troupe::homeserver::admin {

void setup_admin_rooms(host::Context& context, const RoomBasis& basis) {
  auto& db = context.db();
  auto& routes = context.routes();
  auto& list = context.make<RoomList>(db, basis.rooms);
  auto& changes = context.make<RoomChanges>(db, basis.rooms, basis.service, context.clock());
  add_room_list_routes(routes, context.make<RoomListApi>(RoomListApi{.list = list, .rooms = basis.service}));
  add_room_reading_routes(
      routes, context.make<RoomReadingApi>(RoomReadingApi{.history = basis.sync.history, .state = basis.sync.state}));
  add_room_change_routes(routes, context.make<RoomChangesApi>(RoomChangesApi{
                                     .changes = changes, .rooms = basis.service, .accounts = basis.accounts}));
}

}  // namespace troupe::homeserver::admin
