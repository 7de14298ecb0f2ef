// What brains that ask language models share: the server's endpoints, the breakers, the money.
#pragma once
#include "fleet/models/breaker.h"
#include "fleet/models/model_settings.h"
#include "fleet/models/spending.h"

namespace troupe::fleet::models {

/// One per process. Callable from any thread; outlives the brains.
class Models {
 public:
  Models(const Spending::Uses& uses, const ModelSettings& settings)
      : settings_(settings),
        endpoints_(server_endpoints(settings)),
        breakers_(uses.clock),
        spending_(uses, settings.limits),
        switches_(uses.metrics.counter("troupe_fleet_model_switches_total",
                                       "Answers that went on to another model, by why.", {"reason"})) {}

  const ModelSettings& settings() const { return settings_; }
  /// The server's own, which bots of the default tenant may use.
  const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  Breakers& breakers() { return breakers_; }
  Spending& spending() { return spending_; }
  /// Counts that an endpoint was given up for the next; `reason`: down, slow, limit, broken, refused.
  void switched(std::string_view reason) { switches_.with({std::string(reason)}).add(); }

 private:
  ModelSettings settings_;
  std::vector<Endpoint> endpoints_;
  Breakers breakers_;
  Spending spending_;
  base::Family<base::Counter>& switches_;
};

}  // namespace troupe::fleet::models
