#include "homeserver/sync/sync_setup.h"

#include "homeserver/common/settings.h"
#include "homeserver/sync/notifications.h"

namespace troupe::homeserver::sync {

using namespace std::chrono_literals;

SyncParts setup_sync(host::Context& context, const SyncBasis& basis) {
  auto& db = context.db();
  const auto& clock = context.clock();
  auto& routes = context.routes();
  auto& [rooms, users, lookup, typing, account_data] = basis;
  auto& receipts = context.make<Receipts>(db, rooms, users, account_data, clock);
  auto& unread = context.make<Unread>(receipts, account_data);
  auto& filters = context.make<Filters>(db);
  auto& presence = context.make<Presence>(context.bus(), clock, context.settings().of<HomeserverSettings>().presence);
  const SyncServices services{.receipts = receipts, .unread = unread, .typing = typing, .account_data = account_data};
  auto& sync = context.make<SyncService>(db, rooms, users, filters, services, clock);

  add_sync_routes(routes, context.make<SyncApi>(SyncApi{.sync = sync, .filters = filters, .presence = presence}));
  auto& history = context.make<History>(db, rooms, lookup, account_data, clock);
  auto& state = context.make<RoomState>(db, rooms, users, clock);
  auto& snapshot = context.make<RoomSnapshot>(
      RoomSnapshot::Parts{.db = db, .rooms = rooms, .lookup = lookup, .account_data = account_data, .clock = clock});
  add_history_routes(routes, history);
  add_snapshot_routes(routes, context.make<SnapshotApi>(SnapshotApi{.snapshot = snapshot, .history = history}));
  add_notification_routes(
      routes, context.make<NotificationList>(NotificationList::Parts{
                  .db = db, .rooms = rooms, .receipts = receipts, .account_data = account_data, .clock = clock}));
  add_state_routes(routes, state);
  add_marker_routes(routes, context.make<MarkerApi>(MarkerApi{.receipts = receipts, .typing = typing}));
  add_presence_routes(routes, context.make<PresenceApi>(PresenceApi{.db = db, .presence = presence, .clock = clock}));

  context.every({.name = "homeserver.forget_receipts", .every = 5min, .run = [&receipts]() -> Task<Unit> {
                   receipts.evict();
                   co_return Unit{};
                 }});
  context.every({.name = "homeserver.presence", .every = 1min, .run = [&presence]() -> Task<Unit> {
                   presence.tell_of_silent();
                   co_return Unit{};
                 }});
  context.every({.name = "homeserver.notifications",
                 .every = 1h,
                 .run = [&db] { return forget_read_notifications(db); },
                 .singleton = true});
  context.on_stop([&typing, &sync]() -> Task<Unit> {
    sync.stop();
    typing.stop();
    co_return Unit{};
  });
  return {.receipts = receipts,
          .presence = presence,
          .sync = sync,
          .services = services,
          .history = history,
          .state = state};
}

}  // namespace troupe::homeserver::sync
