#include "runtime/driver_config.h"

namespace troupe::runtime {
namespace {

bool any_limit(const ResourceLimits& limits) {
  return limits.memory_bytes != 0 || limits.cpu_seconds != 0 || limits.file_bytes != 0 || limits.open_files != 0 ||
         limits.processes != 0 || limits.nice != 0;
}

Error beyond(std::string_view field, std::string_view driver, std::string_view what) {
  return Error(Errc::invalid_param, std::string(field) + " asks for too much: the task driver '" + std::string(driver) +
                                        "' " + std::string(what));
}

}  // namespace

ConfigSchema::ConfigSchema(std::string_view json_schema) : text_(json_schema), schema_(schemas_.compile(json_schema)) {
  schemas_.resolve();
}

Result<Unit> ConfigSchema::check(const boost::json::object& config) const {
  const auto errors = net::route::SchemaSet::validate(*schema_, config);
  if (errors.empty()) return Unit{};
  return Error(Errc::invalid_param, "driver_config" + errors.front().pointer + ": " + errors.front().message);
}

Result<Unit> check_for_driver(const TaskSpec& spec, std::string_view driver, const Capabilities& can,
                              const ConfigSchema& schema) {
  TRY(check_spec(spec));
  if (!spec.argv.empty() && !can.programs) return beyond("argv", driver, "runs no programs");
  if (any_limit(spec.limits) && !can.limits) return beyond("limits", driver, "keeps no limits");
  if (spec.network == Network::none && !can.no_network) {
    return beyond("network", driver, "cannot keep a task from the network");
  }
  return schema.check(spec.driver_config);
}

}  // namespace troupe::runtime
