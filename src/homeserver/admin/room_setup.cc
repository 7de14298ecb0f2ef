#include "homeserver/admin/room_setup.h"

#include "homeserver/admin/room_routes.h"
#include "host/age_clock.h"

namespace troupe::homeserver::admin {

using namespace std::chrono_literals;

RoomDeletion& setup_admin_rooms(host::Context& context, const RoomBasis& basis) {
  auto& db = context.db();
  auto& routes = context.routes();
  auto& list = context.make<RoomList>(db, basis.rooms);
  auto& changes = context.make<RoomChanges>(db, basis.rooms, basis.service, context.clock());
  add_room_list_routes(routes, context.make<RoomListApi>(RoomListApi{.list = list, .rooms = basis.service}));
  add_room_reading_routes(
      routes, context.make<RoomReadingApi>(RoomReadingApi{.history = basis.sync.history, .state = basis.sync.state}));
  add_room_hierarchy_routes(routes, context.make<spaces::Hierarchy>(db, basis.rooms, context.clock()));
  add_room_change_routes(routes, context.make<RoomChangesApi>(RoomChangesApi{
                                     .changes = changes, .rooms = basis.service, .accounts = basis.accounts}));

  add_database_statistics_routes(routes, context.make<RoomSizes>(db));

  auto& deletion = context.make<RoomDeletion>(RoomDeletion::Parts{.db = db,
                                                                  .rooms = basis.rooms,
                                                                  .service = basis.service,
                                                                  .settings = context.settings(),
                                                                  .clock = context.clock()});
  add_room_deletion_routes(
      routes, context.make<RoomDeletionApi>(RoomDeletionApi{.deletion = deletion, .accounts = basis.accounts}));
  add_history_purge_routes(
      routes, context.make<HistoryPurgeApi>(HistoryPurgeApi{.deletion = deletion, .history = basis.sync.history}));
  auto& redaction = context.make<UserRedaction>(
      UserRedaction::Parts{.db = db, .rooms = basis.rooms, .service = basis.service, .clock = context.clock()});
  const auto& audit = context.make<AdminAudit>(context.find<identity::Audit>(), context.find<identity::Principals>());
  add_user_redaction_routes(routes, context.make<UserRedactionApi>(UserRedactionApi{
                                        .redaction = redaction, .accounts = basis.accounts, .audit = audit}));
  context.every({.name = "homeserver.user_redactions",
                 .every = 1s,
                 .run = [&redaction] { return redaction.run(); },
                 .singleton = true});
  context.every({.name = "homeserver.ended_redactions",
                 .every = 10min,
                 .run = [&redaction, &ages = host::age_clock(context)] { return redaction.sweep(ages.unix_ms()); },
                 .singleton = true});
  context.every({.name = "homeserver.room_deletions",
                 .every = 1s,
                 .run = [&deletion] { return deletion.run(); },
                 .singleton = true});
  context.every({.name = "homeserver.purged_rooms",
                 .every = 10min,
                 .run = [&deletion, &ages = host::age_clock(context)] { return deletion.sweep(ages.unix_ms()); },
                 .singleton = true});
  return deletion;
}

}  // namespace troupe::homeserver::admin
