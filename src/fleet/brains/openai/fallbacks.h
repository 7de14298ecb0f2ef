// The part of the openai brain's settings that says which further models it asks, what they cost and what it may spend.
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/field_errors.h"
#include "fleet/models/endpoint.h"

namespace troupe::fleet::brains {

struct FallbackConfig {
  std::optional<models::Price> price;       ///< of the bot's own first model
  std::vector<models::Endpoint> fallbacks;  ///< the bot's own, in order
  bool server_models = true;                ///< after those, the server's
  std::optional<models::Micros> daily_limit;
  std::string last_resort;  ///< empty: the server's
  /// How long a model that is not the last one may take to begin, and be silent; nothing: as the server has it.
  std::optional<std::chrono::milliseconds> first_token;
  std::optional<std::chrono::milliseconds> idle;
};

/// Checks and completes those members of a config. The key of a fallback moves into `secrets`, bound to its name and
/// origin: for another address it must be typed anew.
void prepare_fallbacks(boost::json::object& config, boost::json::object& secrets, base::FieldErrors& mistakes);
/// Of a prepared config.
Result<FallbackConfig> read_fallbacks(const boost::json::object& config, const boost::json::object& secrets);

}  // namespace troupe::fleet::brains
