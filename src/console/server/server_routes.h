// Routes of the server: overview, health, metrics, settings, tenants, the audit log.
#pragma once
#include <chrono>

#include "api/audit_door.h"
#include "api/kit.h"
#include "console/people/all_tenants.h"
#include "console/people/tenant_people.h"
#include "fleet/routes/tenant_bots.h"

namespace troupe::console::server {

struct Started {
  base::UnixMs unix_ms;
  std::chrono::steady_clock::time_point steady;
};
/// The program that runs. Its checks and metrics are complete only when all modules are set up.
struct ServerState {
  const host::Settings& settings;
  const base::Clock& clock;
  const base::MetricRegistry& metrics;
  const std::vector<std::pair<std::string, host::HealthCheck>>& checks;
  Started started;
};

// What the handlers of each file use; it lives as long as the route table.
struct SettingsApi {
  api::Kit kit;
  people::AllTenantsDoor tenants;
  const host::Settings& settings;
};
struct OverviewApi {
  ServerState server;
  people::PeopleDoor people;
  fleet::routes::BotDoor bots;
};
struct AuditApi {
  api::AuditDoor audit;
};

void add_settings_routes(net::route::Router& routes, SettingsApi& console);
void add_overview_routes(net::route::Router& routes, OverviewApi& console);
void add_audit_routes(net::route::Router& routes, AuditApi& console);

}  // namespace troupe::console::server
