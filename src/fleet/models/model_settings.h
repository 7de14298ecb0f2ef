// The configuration of language models for the whole server: which there are, what they cost and what may be spent.
#pragma once
#include <string>
#include <vector>

#include "fleet/models/endpoint.h"
#include "fleet/models/spending.h"
#include "host/setting.h"

namespace troupe::fleet::models {

struct ModelSettings {
  std::string openai_key;
  std::string openai_base_url = "https://api.openai.com/v1";
  std::string openai_model;  ///< empty: there is no such endpoint
  std::optional<Micros> openai_input_price;
  std::optional<Micros> openai_output_price;
  std::vector<Endpoint> more;  ///< [[assistant.models]]
  /// How long an endpoint is waited for that is not the last one to ask.
  std::uint64_t first_token_ms = 2'500;
  std::uint64_t idle_ms = 2'500;
  std::string last_resort;  ///< empty: a sentence of our own
  SpendingLimits limits;
  std::int64_t keep_days = 90;
};

/// The endpoints in order: OPENAI_*, where it names a model, then [[assistant.models]].
std::vector<Endpoint> server_endpoints(const ModelSettings& settings);

/// [[assistant.models]] as a JSON list of objects. Yields what is wrong, or nothing.
std::optional<std::string> read_models(const std::string& text, std::vector<Endpoint>& out);

std::vector<host::Setting> setting_rows();
/// What is wrong with the settings together: a limit, and a model without a price.
void review_settings(const host::Settings& settings, host::Review& review);

}  // namespace troupe::fleet::models
