#include "console/module.h"

#include "console/api.h"
#include "console/migrations.gen.h"
#include "console/shapes/schemas.h"

namespace troupe::console {
namespace {

constexpr std::int64_t kSettlePage = 1'000;

/// Takes the homeserver's admin flag from accounts outside the default tenant: earlier versions gave it to every
/// tenant's administrators. They keep the role in their tenant.
Task<Unit> lower_flags(Api& api) {
  matrix::AccountQuery query{.admin = true, .limit = kSettlePage};
  CO_TRY(auto flagged, co_await api.homeserver.accounts(std::move(query)));
  CO_TRY(auto principals, co_await api.principals.for_accounts(flagged.accounts));
  for (const auto& account : flagged.accounts) {
    if (principals.at(account.user_id).tenant_id == identity::kDefaultTenant) continue;
    if (auto lowered = co_await api.homeserver.set_admin(account.user_id, false); !lowered) {
      base::log_warning("console", "An account outside the default tenant still bears the homeserver's admin flag.",
                        {{"user_id", account.user_id}, {"reason", lowered.error().message()}});
    }
  }
  co_return Unit{};
}

/// Bots' accounts belong to their bots' tenants: earlier versions left them in the default one.
Task<Unit> move_bots_accounts(Api& api, std::int64_t house) {
  for (std::int64_t from = 0;; from += kSettlePage) {
    CO_TRY(auto page, co_await api.bots.list(house, "", from, kSettlePage));
    for (const auto& view : page.items) {
      CO_TRY(auto of, co_await api.principals.tenant_of(view.bot.user_id));
      if (of == house) continue;
      auto moved = co_await api.tenants.move(view.bot.user_id, house);
      if (!moved && moved.error().code() != Errc::not_found) co_return std::unexpected(std::move(moved).error());
    }
    if (std::ssize(page.items) < kSettlePage) co_return Unit{};
  }
}

/// What the wall between tenants rests on, for databases of earlier versions. A server with one tenant has nothing to
/// do.
Task<Unit> settle_tenants(Api& api) {
  CO_TRY(auto tenants, co_await api.tenants.list());
  for (const auto& tenant : tenants) {
    if (tenant.id == identity::kDefaultTenant) continue;
    CO_TRY(co_await move_bots_accounts(api, tenant.id));
  }
  if (tenants.size() > 1) co_return co_await lower_flags(api);
  co_return Unit{};
}

Result<Unit> setup(host::Context& c) {
  auto& api = c.make<Api>(Api{.context = c,
                              .homeserver = c.get<matrix::Homeserver>(),
                              .principals = c.get<identity::Principals>(),
                              .sessions = c.get<identity::Sessions>(),
                              .api_keys = c.get<identity::ApiKeys>(),
                              .audit = c.get<identity::Audit>(),
                              .tenants = c.get<identity::Tenants>(),
                              .bots = c.get<fleet::BotService>(),
                              .started_ms = c.clock().unix_ms(),
                              .started = c.clock().steady()});
  auto add_shapes = [&](const auto& shapes) {
    for (const auto& [name, text] : shapes) c.routes().add_schema(std::string(name), text);
  };
  add_shapes(schema::kCommonShapes);
  add_shapes(schema::kUserShapes);
  add_shapes(schema::kBotShapes);
  add_shapes(schema::kRoomShapes);
  add_shapes(schema::kSeedShapes);
  add_session_routes(api);
  add_overview_routes(api);
  add_user_routes(api);
  add_user_access_routes(api);
  TRY(add_import_routes(api));
  add_settings_routes(api);
  add_audit_routes(api);
  add_bot_routes(api);
  add_bot_watch_routes(api);
  add_brain_test_routes(api);
  add_chat_routes(api);
  add_hook_routes(api);
  add_key_routes(api);
  add_room_routes(api);
  add_live_routes(api);
  add_document_routes(api);
  add_seed_routes(api);
  add_seed_form_routes(api);
  add_web_routes(api);
  c.on_start([&api]() -> Task<Unit> {
    // The wall stands without it, too: what is behind it then is only less than it should be.
    if (auto settled = co_await settle_tenants(api); !settled) {
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
