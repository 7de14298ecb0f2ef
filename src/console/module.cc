#include "console/module.h"

#include "base/log.h"
#include "console/console_api.h"
#include "console/migrations.gen.h"
#include "console/shapes/schemas.h"
#include "console/shapes/shape_tables.h"
#include "host/age_clock.h"
#include "host/lease.h"

namespace troupe::console {
namespace {

constexpr std::int64_t kSettlePage = 1'000;
constexpr std::chrono::seconds kRecoverEvery{30};

/// Takes the homeserver's admin flag from accounts outside the default tenant: earlier versions gave it to every
/// tenant's administrators. They keep the role in their tenant.
Task<Unit> lower_flags(const People& people) {
  matrix::AccountQuery query{.admin = true, .limit = kSettlePage};
  CO_TRY(auto flagged, co_await people.homeserver.accounts(std::move(query)));
  CO_TRY(auto principals, co_await people.principals.for_accounts(flagged.accounts));
  for (const auto& account : flagged.accounts) {
    if (principals.at(account.user_id).tenant_id == identity::kDefaultTenant) continue;
    if (auto lowered = co_await people.homeserver.set_admin(account.user_id, false); !lowered) {
      base::log_warning("console", "An account outside the default tenant still bears the homeserver's admin flag.",
                        {{"user_id", account.user_id}, {"reason", lowered.error().message()}});
    }
  }
  co_return Unit{};
}

/// Bots' accounts belong to their bots' tenants: earlier versions left them in the default one.
Task<Unit> move_bots_accounts(const People& people, fleet::BotService& bots, std::int64_t house) {
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
Task<Unit> settle_tenants(const People& people, fleet::BotService& bots) {
  CO_TRY(auto tenants, co_await people.tenants.list());
  for (const auto& tenant : tenants) {
    if (tenant.id == identity::kDefaultTenant) continue;
    CO_TRY(co_await move_bots_accounts(people, bots, tenant.id));
  }
  if (tenants.size() > 1) co_return co_await lower_flags(people);
  co_return Unit{};
}

/// The service behind imports of users, with its job.
Result<UserImports*> make_imports(host::Context& c, const People& people, const api::Kit& kit) {
  auto* leases = c.find<host::Leases>();
  auto& imports = c.make<UserImports>(UserImports::Parts{.db = c.db(),
                                                         .homeserver = people.homeserver,
                                                         .principals = people.principals,
                                                         .tenants = people.tenants,
                                                         .audit = kit.audit,
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

/// The routes of people and of the server: each file is given what it uses.
void add_server_routes(host::Context& c, const api::Kit& kit, const People& people, UserImports& imports) {
  auto& routes = c.routes();
  auto& sessions = c.get<identity::Sessions>();
  auto& keys = c.get<identity::ApiKeys>();
  const fleet::BotDoor bots(c.get<fleet::BotService>(), people.homeserver);
  add_session_routes(routes, c.make<SessionApi>(SessionApi{.kit = kit, .people = people, .sessions = sessions}));
  add_user_routes(routes, c.make<UserApi>(UserApi{.kit = kit, .people = people, .bots = bots}));
  add_user_access_routes(routes, c.make<UserAccessApi>(UserAccessApi{
                                     .kit = kit, .people = people, .sessions = sessions, .api_keys = keys}));
  add_import_routes(routes, c.make<ImportApi>(ImportApi{.kit = kit, .people = people, .imports = imports}));
  add_settings_routes(routes, c.make<SettingsApi>(SettingsApi{.kit = kit, .people = people, .settings = c.settings()}));
  add_audit_routes(routes, c.make<api::Kit>(kit));
  add_key_routes(routes, c.make<KeyApi>(KeyApi{.kit = kit, .api_keys = keys}));
  add_room_routes(routes, c.make<RoomApi>(RoomApi{.kit = kit, .people = people}));
  auto& seed = c.make<SeedApi>(SeedApi{.kit = kit, .people = people, .bots = bots, .sessions = sessions});
  add_seed_routes(routes, seed);
  add_seed_form_routes(routes, seed);
}

/// The routes of the console's own pages.
void add_page_routes(host::Context& c, const api::Kit& kit, const People& people) {
  auto& routes = c.routes();
  const fleet::BotDoor bots(c.get<fleet::BotService>(), people.homeserver);
  auto& typing = c.make<TypingRooms>(c.bus(), c.clock());
  c.offer(typing);
  add_overview_routes(routes, c.make<OverviewApi>(OverviewApi{.context = c,
                                                              .people = people,
                                                              .bots = bots,
                                                              .started_ms = c.clock().unix_ms(),
                                                              .started = c.clock().steady()}));
  add_chat_routes(
      routes, c.make<ChatApi>(
                  ChatApi{.kit = kit, .bots = bots, .homeserver = people.homeserver, .typing = typing, .db = c.db()}));
  add_live_routes(routes, c.metrics(), c.make<LiveApi>(LiveApi{.kit = kit, .bots = bots}));
  add_document_routes(routes, c.settings());
  add_web_routes(routes, c.settings());
}

Result<Unit> setup(host::Context& c) {
  const auto kit = api::kit_of(c);
  const People people{.homeserver = c.get<matrix::Homeserver>(),
                      .principals = c.get<identity::Principals>(),
                      .tenants = c.get<identity::Tenants>()};
  api::add_shapes(kit, schema::kCommonShapes);
  api::add_shapes(kit, schema::kUserShapes);
  api::add_shapes(kit, schema::kChatShapes);
  api::add_shapes(kit, schema::kRoomShapes);
  api::add_shapes(kit, schema::kSeedShapes);
  api::add_shapes_of<identity::Tenant, identity::ApiKey>(kit);
  api::add_shape(kit, "Role", api::words_schema<net::Role>());
  TRY(auto* imports, make_imports(c, people, kit));
  add_server_routes(c, kit, people, *imports);
  add_page_routes(c, kit, people);
  auto& bots = c.get<fleet::BotService>();
  c.on_start([people, &bots]() -> Task<Unit> {
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
  return {.name = "console", .migrations = {all.begin(), all.end()}, .setup = setup};
}

}  // namespace troupe::console
