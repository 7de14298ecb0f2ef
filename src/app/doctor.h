// `troupe doctor` and `troupe backup list`: what the modules bring for them, run and shown.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/print.h"

namespace troupe::app {

/// A finding and who made it.
struct Diagnosis {
  std::string module;
  std::string check;
  host::Finding finding;
};

/// The checks of all these modules, what the configuration exposes, the schema of each module, and the health of the
/// running server (`health`: the body of its GET /health; nothing: none runs).
std::vector<Diagnosis> examine(const std::vector<host::Module>& modules, const LoadedConfig& config,
                               const base::Clock& clock, const std::optional<boost::json::object>& health);

/// Runs and prints all of it; the exit code: 1 when something is in trouble.
int run_doctor(const std::vector<host::Module>& modules, const LoadedConfig& config, Output output);

/// Prints what a backup would hold; the exit code: 1 when a step cannot say.
int list_backup(const std::vector<host::Module>& modules, const host::Settings& settings, Output output);

}  // namespace troupe::app
