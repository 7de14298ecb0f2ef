// /api/v1/settings and /api/v1/tenants.
#include "console/console_api.h"
#include "console/shapes/shape_tables.h"
#include "console/tenant_counts.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

/// Tenants and the configuration are the business of the house that was there first. Error: forbidden.
Result<Unit> check_default_tenant(const Call& call) {
  if (tenant(call) == identity::kDefaultTenant) return Unit{};
  return Error(Errc::forbidden, "Only administrators of the default tenant may see and change this.");
}

Task<Response> list_settings(SettingsApi& console, Call& call) {
  CO_TRY(check_default_tenant(call));
  boost::json::array items;
  for (const auto& line : console.settings.listing) {
    items.push_back({{"key", line.key},
                     {"value", line.value},
                     {"source", line.source},
                     {"secret", line.secret},
                     {"help", line.help}});
  }
  co_return api::private_reply(boost::json::object{{"items", std::move(items)}});
}

Task<Response> list_tenants(SettingsApi& console, Call& call) {
  CO_TRY(check_default_tenant(call));
  CO_TRY(auto found, co_await counted_tenants(console.people));
  boost::json::array items;
  for (const auto& tenant : found) items.push_back(api::shape_of<identity::Tenant>().write(tenant));
  co_return reply(api::whole_list(std::move(items)));
}

Task<Response> create_tenant(SettingsApi& console, Call& call) {
  CO_TRY(check_default_tenant(call));
  CO_TRY(auto made, co_await console.people.tenants.create(net::body_text(call, "name")));
  co_await api::audit(console.kit, call, "tenant.create", made.name, {{"id", made.id}});
  co_return reply(api::shape_of<identity::Tenant>().write(made), 201);
}

Task<Response> rename_tenant(SettingsApi& console, Call& call) {
  CO_TRY(check_default_tenant(call));
  const auto id = net::whole_number(call.param("tenant_id"));
  if (!id) co_return Error(Errc::invalid_param, "The tenant's number must be a number.");
  CO_TRY(auto renamed, co_await console.people.tenants.rename(*id, net::body_text(call, "name")));
  co_await api::audit(console.kit, call, "tenant.rename", renamed.name, {{"id", renamed.id}});
  CO_TRY(auto all, co_await counted_tenants(console.people));
  auto now = std::ranges::find(all, renamed.id, &identity::Tenant::id);
  co_return reply(api::shape_of<identity::Tenant>().write(now == all.end() ? renamed : *now));
}

}  // namespace

void add_settings_routes(net::Router& routes, SettingsApi& console) {
  const api::Group group(routes, {.prefix = "/api/v1", .needs = Access::admin, .scope = "admin", .tag = "settings"});
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

}  // namespace troupe::console
