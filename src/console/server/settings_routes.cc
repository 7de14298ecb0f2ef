// /api/v1/settings and /api/v1/tenants.
#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "console/server/server_routes.h"
#include "console/server/server_shapes.h"
#include "net/route/params.h"

namespace troupe::console::server {
namespace {

using namespace api::words;

Task<Response> list_settings(SettingsApi& console, Call& call) {
  CO_TRY(people::check_default_tenant(call));
  co_return api::private_reply(boost::json::object{{"items", api::write_all(console.settings.listing)}});
}

Task<Response> list_tenants(SettingsApi& console, Call& call) {
  CO_TRY(const auto tenants, console.tenants(call));
  CO_TRY(auto found, co_await tenants.list());
  co_return reply(api::whole_list(api::write_all(found)));
}

Task<Response> create_tenant(SettingsApi& console, Call& call) {
  CO_TRY(const auto tenants, console.tenants(call));
  CO_TRY(auto body, api::body_of<NewTenantBody>(call));
  CO_TRY(auto made, co_await tenants.create(std::move(body.name)));
  co_await api::audit(console.kit, call, "tenant.create", made.name, {{"id", made.id}});
  co_return api::answer(made, 201);
}

Task<Response> rename_tenant(SettingsApi& console, Call& call) {
  CO_TRY(const auto tenants, console.tenants(call));
  const auto id = net::route::whole_number(call.param("tenant_id"));
  if (!id) co_return Error(Errc::invalid_param, "The tenant's number must be a number.");
  CO_TRY(auto body, api::body_of<NewTenantBody>(call));
  CO_TRY(auto renamed, co_await tenants.rename(*id, std::move(body.name)));
  co_await api::audit(console.kit, call, "tenant.rename", renamed.name, {{"id", renamed.id}});
  CO_TRY(auto all, co_await tenants.list());
  auto now = std::ranges::find(all, renamed.id, &identity::Tenant::id);
  co_return api::answer(now == all.end() ? renamed : *now);
}

}  // namespace

void add_settings_routes(net::route::Router& routes, SettingsApi& console) {
  const api::Group group(routes, {.prefix = "/api/v1",
                                  .needs = Access::admin,
                                  .scope = "admin",
                                  .tag = {"settings", "The configuration as the program understood it."}});
  group.add({.method = "GET",
             .path = "/settings",
             .summary = "The configuration in force, without its secrets",
             .reply = TROUPE_REF("Settings"),
             .run = api::bind(list_settings, console)});
  group.add({.method = "GET",
             .path = "/tenants",
             .summary = "All tenants",
             .reply = TROUPE_REF("Tenants"),
             .run = api::bind(list_tenants, console)});
  group.add({.method = "POST",
             .path = "/tenants",
             .summary = "Make a tenant",
             .body = TROUPE_REF("NewTenant"),
             .reply = TROUPE_REF("Tenant"),
             .status = 201,
             .run = api::bind(create_tenant, console)});
  group.add({.method = "PATCH",
             .path = "/tenants/{tenant_id}",
             .summary = "Rename a tenant",
             .body = TROUPE_REF("NewTenant"),
             .reply = TROUPE_REF("Tenant"),
             .run = api::bind(rename_tenant, console)});
}

}  // namespace troupe::console::server
