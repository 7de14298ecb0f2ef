#include "homeserver/sync/sync_setup.h"

#include "homeserver/common/settings.h"
#include "homeserver/sync/notifications.h"
#include "homeserver/sync/presence_rows.h"

namespace troupe::homeserver::sync {

using namespace std::chrono_literals;

namespace {

/// Goes on from what was written down, and writes down what changes.
void keep_presence(host::Context& context, Presence& presence, memory::Typing& typing) {
  auto& db = context.db();
  context.make<base::SubscriptionPtr>(
      typing.observe_acts([&presence](const std::string& user_id) { presence.acted(user_id); }));
  context.on_start([&db, &presence] { return restore_presence(db, presence); });
  context.every({.name = "homeserver.presence", .every = 30s, .run = [&db, &presence] {
                   presence.tell_of_silent();
                   return save_presence(db, presence);
                 }});
  context.on_stop([&db, &presence] { return save_presence(db, presence); });
}

}  // namespace

SyncParts setup_sync(host::Context& context, const SyncBasis& basis) {
  auto& db = context.db();
  const auto& clock = context.clock();
  auto& routes = context.routes();
  auto& [rooms, users, lookup, typing, account_data] = basis;
  auto& receipts = context.make<Receipts>(db, rooms, users, account_data, clock);
  auto& unread = context.make<Unread>(receipts, account_data);
  auto& filters = context.make<Filters>(db);
  auto& presence = context.make<Presence>(context.bus(), clock, context.settings().of<HomeserverSettings>().presence);
  auto& feed = context.make<PresenceFeed>(db, rooms, users, presence, clock, context.io().next().get_executor());
  const SyncServices services{
      .receipts = receipts, .unread = unread, .typing = typing, .account_data = account_data, .presence = feed};
  auto& sync = context.make<SyncService>(db, rooms, users, filters, services, clock);

  add_sync_routes(routes, context.make<SyncApi>(SyncApi{.sync = sync, .filters = filters, .presence = presence}));
  auto& history = context.make<History>(db, rooms, lookup, account_data, clock);
  auto& state = context.make<RoomState>(db, rooms, users, clock);
  auto& snapshot = context.make<RoomSnapshot>(
      RoomSnapshot::Parts{.db = db, .rooms = rooms, .lookup = lookup, .account_data = account_data, .clock = clock});
  add_history_routes(routes, history);
  add_snapshot_routes(routes, context.make<SnapshotApi>(SnapshotApi{.snapshot = snapshot, .history = history}));
  auto& notifications = context.make<NotificationList>(NotificationList::Parts{
      .db = db, .rooms = rooms, .receipts = receipts, .account_data = account_data, .clock = clock});
  add_notification_routes(routes, notifications);
  add_state_routes(routes, state);
  add_marker_routes(routes,
                    context.make<MarkerApi>(MarkerApi{.receipts = receipts, .typing = typing, .presence = presence}));
  add_presence_routes(routes, context.make<PresenceApi>(PresenceApi{.db = db, .presence = presence, .feed = feed}));
  if (presence.enabled()) keep_presence(context, presence, typing);

  context.every({.name = "homeserver.forget_receipts", .every = 5min, .run = [&receipts]() -> Task<Unit> {
                   receipts.evict();
                   co_return Unit{};
                 }});
  context.every({.name = "homeserver.notifications",
                 .every = 1h,
                 .run = [&db] { return forget_read_notifications(db); },
                 .singleton = true});
  context.on_stop([&typing, &sync, &feed]() -> Task<Unit> {
    sync.stop();
    feed.stop();
    typing.stop();
    co_return Unit{};
  });
  return {.receipts = receipts,
          .presence = presence,
          .sync = sync,
          .services = services,
          .history = history,
          .state = state,
          .notifications = notifications};
}

}  // namespace troupe::homeserver::sync
