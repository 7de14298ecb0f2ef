#include "homeserver/module.h"

#include "homeserver/accounts/account_routes.h"
#include "homeserver/crypto/crypto_routes.h"
#include "homeserver/embedded_homeserver.h"
#include "homeserver/follower.h"
#include "homeserver/media/media_routes.h"
#include "homeserver/migrations.gen.h"
#include "homeserver/reading/read_routes.h"
#include "homeserver/rooms/room_routes.h"
#include "host/age_clock.h"
#include "identity/principals.h"
#include "identity/sessions.h"
#include "store/blob_store.h"

namespace troupe::homeserver {
namespace {

constexpr std::chrono::minutes kIdleUser{30};
/// The same while rooms take more memory than they should.
constexpr std::chrono::minutes kIdleUserWhenFull{1};

/// The services of accounts and devices, in the order in which they need each other.
struct AccountParts {
  AccountParts(host::Context& context, RoomService& rooms)
      : sessions(make_sessions(context.db(), context.clock(), context.metrics(), context.settings())),
        passwords(context.passwords()),
        accounts({context.db(), *sessions, passwords, context.bus(), context.settings(), context.clock(), hooks}),
        devices({context.db(), *sessions, context.clock(), hooks, context.settings(), host::age_clock(context)}),
        registration(context.db(), context.settings(), context.clock()),
        uia(accounts, registration, context.clock()) {
    hooks.refresh_profile = [&rooms](std::string user_id) { return rooms.refresh_profile(std::move(user_id)); };
    hooks.leave_all_rooms = [&rooms](std::string user_id) { return rooms.leave_all(std::move(user_id)); };
    if (auto* principals = context.find<identity::Principals>()) {
      hooks.account_changed = [principals](store::Tx& tx, const matrix::Account& account) {
        principals->follow(tx, account);
      };
    }
    if (auto* consoles = context.find<identity::Sessions>()) {
      hooks.signed_out = [consoles](store::Tx& tx, std::string_view user_id) { consoles->end_all_of(tx, user_id); };
    }
  }
  AccountHooks hooks;
  std::unique_ptr<Sessions> sessions;
  PasswordPool passwords;
  AccountService accounts;
  DeviceService devices;
  RegistrationRules registration;
  Uia uia;
};

std::filesystem::path media_folder(const host::Settings& settings) {
  return settings.media_dir.empty() ? settings.data_dir / "media" : settings.media_dir;
}

void add_operation_routes(net::Router& router, base::MetricRegistry& metrics) {
  net::Route health;
  health.method = "GET";
  health.path = "/health";
  health.listener = host::kMatrixListener;
  health.dialect = net::Dialect::matrix;
  health.needs = net::Access::open;
  health.rate = net::Rate::none;
  health.run = [](net::Call&) -> Task<net::Response> { co_return net::Response::text("OK"); };
  router.add(std::move(health));
  net::Route exposition;
  exposition.method = "GET";
  exposition.path = "/_synapse/metrics";
  exposition.listener = host::kMatrixListener;
  exposition.dialect = net::Dialect::matrix;
  exposition.needs = net::Access::metrics;
  exposition.run = [&metrics](net::Call&) -> Task<net::Response> {
    co_return net::Response::text(metrics.expose(), 200, "text/plain; version=0.0.4; charset=utf-8");
  };
  router.add(std::move(exposition));
}

Result<Unit> set_up(host::Context& context) {
  auto& db = context.db();
  TRY(auto opened, EventLookup::open(context.settings().data_dir / "lookup.db", db));
  auto& lookup = *context.make<std::unique_ptr<EventLookup>>(std::move(opened));
  auto& users = context.make<Users>(db, context.clock());
  auto& rooms = context.make<Rooms>(db, context.clock(), lookup, users);
  db.add_participant(rooms);
  db.on_head([&users](StreamPos) { users.wake_touched(); });
  auto& room_service = context.make<RoomService>(db, rooms, lookup, context.settings(), context.clock());
  auto& accounts = context.make<AccountParts>(context, room_service);
  auto& router = context.routes();
  context.listen(host::matrix_listener(), context.settings().listen_matrix);
  router.add_scheme(std::string(host::kMatrixScheme), *accounts.sessions);

  const AccountServices account_services{db,           accounts.accounts,  accounts.devices, accounts.registration,
                                         accounts.uia, context.settings(), context.clock(),  accounts.hooks};
  add_server_info_routes(router, account_services);
  add_login_routes(router, account_services);
  add_register_routes(router, account_services);
  add_account_routes(router, account_services);
  add_device_routes(router, account_services);
  add_profile_routes(router, account_services);
  add_pusher_routes(router, account_services);
  add_moderation_routes(router, account_services);
  auto& presence = context.make<Presence>(context.bus(), context.clock(), context.settings().presence);
  add_presence_routes(router, account_services, presence);

  const auto reading = setup_reading(context, rooms, users, lookup, device_sync(), &presence);
  context.make<Follower>(Follower::Parts{db, rooms, users, *accounts.sessions, reading.receipts, reading.account_data});
  setup_crypto(context, rooms, users, accounts.uia, reading.account_data, accounts.hooks);

  const RoomServices room_services{
      db, room_service, context.settings(),
      [&rooms, &typing = reading.typing](std::string_view room_id, std::string_view user_id) {
        if (auto room = rooms.find(room_id)) typing.stopped(room->num(), user_id);
      }};
  add_room_routes(router, room_services);
  add_membership_routes(router, room_services);
  add_directory_routes(router, room_services);

  auto disk = std::make_shared<store::DiskWatch>(
      "storing a file", &context.metrics().counter("troupe_store_slow_files_total",
                                                   "Uploaded files that took longer than 2 s to become durable"));
  context.health("slow_media_disk", [disk] { return disk->trouble(); });
  TRY(auto opened_blobs, store::BlobStore::open(media_folder(context.settings()), disk));
  auto& blobs = context.make<store::BlobStore>(std::move(opened_blobs));
  auto& thumbnailer = context.make<Thumbnailer>(context.metrics());
  auto& media = context.make<MediaService>(
      MediaService::Parts{db, blobs, thumbnailer, context.bus(), context.files(), context.settings(), context.clock()});
  context.health("media_disk", [&media] { return media.trouble(); });
  add_media_routes(router, media, context.settings());
  add_operation_routes(router, context.metrics());

  auto& port = context.make<EmbeddedHomeserver>(EmbeddedHomeserver::Parts{
      .db = db,
      .rooms = rooms,
      .room_service = room_service,
      .accounts = accounts.accounts,
      .devices = accounts.devices,
      .media = media,
      .settings = context.settings(),
      .set_typing =
          [&typing = reading.typing](std::string room_id, std::string user_id, bool on,
                                     std::chrono::milliseconds timeout) {
            return typing.set(std::move(room_id), std::move(user_id), on, timeout);
          },
      .mark_read =
          [&receipts = reading.receipts](std::string room_id, std::string user_id, std::string event_id) {
            return receipts.mark_read(std::move(room_id), std::move(user_id), std::move(event_id));
          }});
  context.offer<matrix::Homeserver>(port);

  context.every({.name = "homeserver.idle_users", .every = std::chrono::minutes(1), .run = [&users]() -> Task<Unit> {
                   users.evict_idle(kIdleUser);
                   co_return Unit{};
                 }});
  context.every({.name = "homeserver.idle_rooms",
                 .every = std::chrono::minutes(1),
                 .run = [&rooms, &users, &context]() -> Task<Unit> {
                   const auto budget = context.settings().keep.room_memory_bytes;
                   if (rooms.memory_bytes() > budget) users.evict_idle(kIdleUserWhenFull);  // their views hold rooms
                   rooms.evict_idle(kIdleUser, budget);
                   co_return Unit{};
                 }});
  context.every({.name = "homeserver.last_seen", .every = std::chrono::minutes(1), .run = [&accounts] {
                   return accounts.sessions->write_last_seen();
                 }});
  const auto& ages = host::age_clock(context);
  context.every({.name = "homeserver.old_txns",
                 .every = std::chrono::minutes(10),
                 .run = [&room_service, &ages] { return room_service.forget_old_txns(ages.unix_ms()); },
                 .singleton = true});
  context.every({.name = "homeserver.deactivations",
                 .every = std::chrono::minutes(10),
                 .run = [&accounts] { return accounts.accounts.finish_deactivations(); },
                 .singleton = true});
  context.every({.name = "homeserver.devices",
                 .every = std::chrono::hours(1),
                 .run = [&accounts] { return accounts.devices.sweep(); },
                 .singleton = true});
  context.every({.name = "homeserver.media",
                 .every = std::chrono::hours(1),
                 .run = [&media, &ages] { return media.sweep(ages.unix_ms()); },
                 .singleton = true});
  context.health("lookup", [&lookup] { return lookup.trouble(); });
  return Unit{};
}

}  // namespace

host::Module homeserver_module() {
  const auto all = migrations();
  return {.name = "homeserver", .migrations = {all.begin(), all.end()}, .setup = set_up};
}

}  // namespace troupe::homeserver
