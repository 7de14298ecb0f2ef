// What /_synapse/metrics says beside this program's own metrics: the same numbers under the names that dashboards made
// for Synapse read, as far as there is such a thing here. docs/guide/metrics.md lists them, and what is left out.
// https://github.com/element-hq/synapse/tree/develop/contrib/grafana
#pragma once
#include <string>

#include "base/metrics.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/memory/users.h"
#include "homeserver/metrics/account_counts.h"
#include "host/settings.h"

namespace troupe::homeserver::metrics {

struct SynapseMetrics {
  base::MetricRegistry& registry;
  const host::Settings& settings;
  const store::Database& db;
  const memory::Rooms& rooms;
  const memory::Users& users;
  AccountCounts& accounts;
};

/// In the Prometheus text format. What is not measured here is left out; what never happens here (federation, state
/// resolution) is 0. `accounts`: nothing where they could not be counted.
std::string synapse_metrics(const SynapseMetrics& of, const std::optional<AccountNumbers>& accounts);

/// What the operating system says of this process, under the names of Prometheus' client libraries, and which program
/// it is.
std::string process_metrics(const host::Settings& settings);

}  // namespace troupe::homeserver::metrics
