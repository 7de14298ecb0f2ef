// /api/v1/settings and /api/v1/tenants.
#include <charconv>

#include "console/api.h"
#include "console/shapes/schema.h"
#include "console/shapes/views.h"
#include "console/tenant_counts.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

boost::json::object tenant_view(const identity::Tenant& tenant) {
  return {{"id", tenant.id},
          {"name", tenant.name},
          {"users", tenant.principals},
          {"created_at", rfc3339(tenant.created_ms)}};
}

/// Tenants and the configuration are the business of the house that was there first. Error: forbidden.
Result<Unit> check_default_tenant(const Call& call) {
  if (tenant(call) == identity::kDefaultTenant) return Unit{};
  return Error(Errc::forbidden, "Only administrators of the default tenant may see and change this.");
}

Task<Response> settings(Api& api, Call& call) {
  CO_TRY(check_default_tenant(call));
  boost::json::array items;
  for (const auto& line : api.context.settings().listing) {
    items.push_back({{"key", line.key},
                     {"value", line.value},
                     {"source", line.source},
                     {"secret", line.secret},
                     {"help", line.help}});
  }
  auto response = reply(boost::json::object{{"items", std::move(items)}});
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Response> list(Api& api, Call& call) {
  CO_TRY(check_default_tenant(call));
  CO_TRY(auto found, co_await counted_tenants(api));
  boost::json::array items;
  for (const auto& tenant : found) items.push_back(tenant_view(tenant));
  auto total = static_cast<std::int64_t>(items.size());
  co_return reply(boost::json::object{{"items", std::move(items)}, {"total", total}});
}

Task<Response> create(Api& api, Call& call) {
  CO_TRY(check_default_tenant(call));
  CO_TRY(auto made, co_await api.tenants.create(text(call, "name")));
  co_await audit(api, call, "tenant.create", made.name, {{"id", made.id}});
  co_return reply(tenant_view(made), 201);
}

Task<Response> rename(Api& api, Call& call) {
  CO_TRY(check_default_tenant(call));
  const auto& given = call.param("tenant_id");
  std::int64_t id = 0;
  auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), id);
  if (error != std::errc() || end != given.data() + given.size()) {
    co_return Error(Errc::invalid_param, "The tenant's number must be a number.");
  }
  CO_TRY(auto renamed, co_await api.tenants.rename(id, text(call, "name")));
  co_await audit(api, call, "tenant.rename", renamed.name, {{"id", renamed.id}});
  CO_TRY(auto all, co_await counted_tenants(api));
  auto now = std::ranges::find(all, renamed.id, &identity::Tenant::id);
  co_return reply(tenant_view(now == all.end() ? renamed : *now));
}

}  // namespace

void add_settings_routes(Api& api) {
  auto add = [&](std::string method, std::string path, std::string summary, std::string_view reply_schema,
                 ApiHandler handler, std::string_view body_schema = {}, int good_status = 200) {
    ApiRoute route{.method = std::move(method), .path = std::move(path), .needs = Access::admin, .scope = "admin"};
    route.tag = "settings";
    route.summary = std::move(summary);
    route.reply = reply_schema;
    route.body = body_schema;
    route.good_status = good_status;
    add_route(api, std::move(route), handler);
  };
  add("GET", "/api/v1/settings", "The configuration in force, without its secrets", TROUPE_REF("Settings"), settings);
  add("GET", "/api/v1/tenants", "All tenants", TROUPE_REF("Tenants"), list);
  add("POST", "/api/v1/tenants", "Make a tenant", TROUPE_REF("Tenant"), create, TROUPE_REF("NewTenant"), 201);
  add("PATCH", "/api/v1/tenants/{tenant_id}", "Rename a tenant", TROUPE_REF("Tenant"), rename, TROUPE_REF("NewTenant"));
}

}  // namespace troupe::console
