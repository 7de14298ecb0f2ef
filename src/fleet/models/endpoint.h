// A server that speaks OpenAI's chat API, and a model on it.
#pragma once
#include <optional>
#include <string>

#include "fleet/models/money.h"

namespace troupe::fleet::models {

struct Endpoint {
  std::string name;      ///< for people: logs, spending
  std::string base_url;  ///< without a slash at the end
  std::string key = {};  ///< empty: none is sent
  std::string model;
  std::optional<Price> price = {};  ///< nothing: not known, which is not the same as free
  bool operator==(const Endpoint&) const = default;
};

}  // namespace troupe::fleet::models
