#include "console/module.h"

#include "base/log.h"
#include "console/files/file_routes.h"
#include "console/files/settings.h"
#include "console/legacy/legacy_routes.h"
#include "console/legacy/legacy_shapes.h"
#include "console/live/live_routes.h"
#include "console/migrations.gen.h"
#include "console/people/reach.h"
#include "console/rooms/room_routes.h"
#include "console/rooms/room_shapes.h"
#include "console/server/server_routes.h"
#include "console/server/server_shapes.h"
#include "console/session/session_routes.h"
#include "console/session/session_shapes.h"
#include "console/users/user_routes.h"
#include "console/users/user_shapes.h"
#include "host/age_clock.h"
#include "host/lease.h"

namespace troupe::console {
namespace {

constexpr std::int64_t kSettlePage = 1'000;
constexpr std::chrono::seconds kRecoverEvery{30};

/// Takes the homeserver's admin flag from accounts outside the default tenant: earlier versions gave it to every
/// tenant's administrators. They keep the role in their tenant.
Task<Unit> lower_flags(const people::PeopleParts& people) {
  matrix::AccountQuery query{.admin = true, .limit = kSettlePage};
  CO_TRY(auto flagged, co_await people.accounts.accounts(std::move(query)));
  CO_TRY(auto principals, co_await people.principals.for_accounts(flagged.accounts));
  for (const auto& account : flagged.accounts) {
    if (principals.at(account.user_id).tenant_id == identity::kDefaultTenant) continue;
    if (auto lowered = co_await people.accounts.set_admin(account.user_id, false); !lowered) {
      base::log_warning("console", "An account outside the default tenant still bears the homeserver's admin flag.",
                        {{"user_id", account.user_id}, {"reason", lowered.error().message()}});
    }
  }
  co_return Unit{};
}

/// Bots' accounts belong to their bots' tenants: earlier versions left them in the default one.
Task<Unit> move_bots_accounts(const people::PeopleParts& people, fleet::service::BotService& bots, std::int64_t house) {
  for (std::int64_t from = 0;; from += kSettlePage) {
    CO_TRY(auto page, co_await bots.list(house, "", from, kSettlePage));
    for (const auto& view : page.items) {
      CO_TRY(auto of, co_await people.principals.tenant_of(view.bot.user_id));
      if (of == house) continue;
      auto moved = co_await people.tenants.move(view.bot.user_id, house);
      if (!moved && moved.error().code() != Errc::not_found) co_return std::unexpected(std::move(moved).error());
    }
    if (std::ssize(page.items) < kSettlePage) co_return Unit{};
  }
}

/// What the wall between tenants rests on, for databases of earlier versions. A server with one tenant has nothing to
/// do.
Task<Unit> settle_tenants(const people::PeopleParts& people, fleet::service::BotService& bots) {
  CO_TRY(auto tenants, co_await people.tenants.list());
  for (const auto& tenant : tenants) {
    if (tenant.id == identity::kDefaultTenant) continue;
    CO_TRY(co_await move_bots_accounts(people, bots, tenant.id));
  }
  if (tenants.size() > 1) co_return co_await lower_flags(people);
  co_return Unit{};
}

/// The service behind imports of users, with its job.
Result<users::UserImports*> make_imports(host::Context& c, const people::PeopleParts& people) {
  auto* leases = c.find<host::Leases>();
  auto& imports = c.make<users::UserImports>(users::ImportParts{.db = c.db(),
                                                                .accounts = people.accounts,
                                                                .principals = people.principals,
                                                                .tenants = people.tenants,
                                                                .audit = c.get<identity::Audit>(),
                                                                .bus = c.bus(),
                                                                .io = c.io(),
                                                                .clock = c.clock(),
                                                                .sealing_key = c.sealing_key(),
                                                                .holder = leases ? leases->holder() : std::string()});
  TRY(imports.recover_now());
  c.every({.name = "console.interrupted_imports",
           .every = kRecoverEvery,
           .run = [&imports, &ages = host::age_clock(c)] { return imports.recover(ages.unix_ms()); },
           .singleton = true});
  c.offer(imports);
  c.on_stop([&imports] { return imports.stop(); });
  return &imports;
}

/// What handlers are given: doors that open with a caller, and no service that would show them another tenant's rows.
struct Doors {
  api::Kit kit;
  people::PeopleDoor people;
  people::RoomDoor rooms;
  fleet::routes::BotDoor bots;
  session::SignIn sign_in;
};

void add_people_routes(host::Context& c, const Doors& doors, users::UserImports& imports) {
  auto& routes = c.routes();
  const auto& [kit, people, rooms, bots, sign_in] = doors;
  auto& sessions =
      c.make<session::SessionApi>(session::SessionApi{.people = people, .sign_in = sign_in, .settings = c.settings()});
  session::add_session_routes(routes, sessions);
  session::add_provider_routes(routes, sessions);
  session::add_key_routes(routes, c.make<session::KeyApi>(session::KeyApi{
                                      .kit = kit, .keys = session::KeyDoor(c.get<identity::ApiKeys>())}));
  users::add_user_routes(routes, c.make<users::UserApi>(users::UserApi{.kit = kit, .people = people, .bots = bots}));
  users::add_user_access_routes(
      routes, c.make<users::UserAccessApi>(users::UserAccessApi{.kit = kit, .people = people, .sign_in = sign_in}));
  users::add_import_routes(routes, c.make<users::ImportApi>(users::ImportApi{
                                       .kit = kit, .rooms = rooms, .imports = users::ImportDoor(imports)}));
  auto& legacy =
      c.make<legacy::LegacyApi>(legacy::LegacyApi{.kit = kit, .people = people, .bots = bots, .sign_in = sign_in});
  legacy::add_legacy_routes(routes, legacy);
  legacy::add_legacy_form_routes(routes, legacy);
}

void add_room_and_live_routes(host::Context& c, const Doors& doors) {
  auto& routes = c.routes();
  const auto& [kit, people, rooms, bots, sign_in] = doors;
  auto& typing = c.make<rooms::TypingRooms>(c.bus(), c.clock());
  c.offer(typing);
  const auto& growing = c.make<rooms::GrowingTexts>(c.bus(), c.clock());
  const rooms::ChatDoor chats({.bots = bots,
                               .rooms = c.get<matrix::RoomActions>(),
                               .feed = c.get<matrix::Feed>(),
                               .db = c.db(),
                               .clock = c.clock()});
  rooms::add_room_routes(routes, c.make<rooms::RoomApi>(rooms::RoomApi{.kit = kit, .people = people, .rooms = rooms}));
  rooms::add_chat_routes(
      routes, c.make<rooms::ChatApi>(rooms::ChatApi{.kit = kit, .chats = chats, .typing = typing, .growing = growing}));
  live::add_live_routes(routes, c.metrics(), c.make<live::LiveApi>(live::LiveApi{.kit = kit, .bots = bots}));
}

void add_server_routes(host::Context& c, const Doors& doors, const people::AllTenantsDoor& tenants) {
  auto& routes = c.routes();
  const server::ServerState server{.settings = c.settings(),
                                   .clock = c.clock(),
                                   .metrics = c.metrics(),
                                   .checks = c.checks(),
                                   .started = {.unix_ms = c.clock().unix_ms(), .steady = c.clock().steady()}};
  const api::AuditDoor audit(c.get<identity::Audit>(), c.get<identity::AuditAnchors>());
  server::add_settings_routes(routes, c.make<server::SettingsApi>(server::SettingsApi{
                                          .kit = doors.kit, .tenants = tenants, .settings = c.settings()}));
  server::add_audit_routes(routes, c.make<server::AuditApi>(server::AuditApi{.audit = audit}));
  server::add_overview_routes(routes, c.make<server::OverviewApi>(server::OverviewApi{
                                          .server = server, .people = doors.people, .bots = doors.bots}));
  files::add_document_routes(routes, c.settings());
  files::add_web_routes(routes, c.settings());
}

Result<Unit> setup(host::Context& c) {
  const auto kit = api::kit_of(c);
  const auto& people = c.make<people::PeopleParts>(people::PeopleParts{.accounts = c.get<matrix::Accounts>(),
                                                                       .rooms = c.get<matrix::RoomActions>(),
                                                                       .principals = c.get<identity::Principals>(),
                                                                       .tenants = c.get<identity::Tenants>(),
                                                                       .sessions = c.get<identity::Sessions>(),
                                                                       .api_keys = c.get<identity::ApiKeys>()});
  session::add_session_shapes(kit);
  users::add_user_shapes(kit);
  rooms::add_room_shapes(kit);
  server::add_server_shapes(kit);
  legacy::add_legacy_shapes(kit);
  TRY(auto* imports, make_imports(c, people));
  auto& bots = c.get<fleet::service::BotService>();
  const Doors doors{.kit = kit,
                    .people = people::PeopleDoor(people),
                    .rooms = people::RoomDoor(people),
                    .bots = fleet::routes::BotDoor(bots, people.rooms),
                    .sign_in = session::SignIn(kit, people.accounts, people.principals, people.sessions,
                                               c.find<identity::SignInElsewhere>())};
  add_people_routes(c, doors, *imports);
  add_room_and_live_routes(c, doors);
  add_server_routes(c, doors, people::AllTenantsDoor(people));
  c.on_start([&people, &bots]() -> Task<Unit> {
    // The wall stands without it, too: what is behind it then is only less than it should be.
    if (auto settled = co_await settle_tenants(people, bots); !settled) {
      base::log_warning("console", "The accounts of tenants could not be looked through at the start.",
                        {{"reason", settled.error().message()}});
    }
    co_return Unit{};
  });
  return Unit{};
}

}  // namespace

host::Module console_module() {
  const auto all = migrations();
  return {.name = "console",
          .migrations = {all.begin(), all.end()},
          .setup = setup,
          .settings = {{.key = "web_dir",
                        .value = host::folder(&files::ConsoleSettings::web_dir),
                        .help = "serve the console from this folder while developing",
                        .flag_help = "Serve the console from this folder while developing"}}};
}

}  // namespace troupe::console
