// Checks a task's spec against what its driver can do and what its driver_config must be.
#pragma once
#include <string_view>

#include "net/route/schema.h"
#include "runtime/task_types.h"

namespace troupe::runtime {

/// A driver's config_schema, compiled once.
class ConfigSchema {
 public:
  /// The text outlives this. Throws std::logic_error on a bad schema.
  explicit ConfigSchema(std::string_view json_schema);
  std::string_view text() const { return text_; }
  /// Error: invalid_param, naming the member.
  Result<Unit> check(const boost::json::object& config) const;

 private:
  std::string_view text_;
  net::route::SchemaSet schemas_;
  const net::route::SchemaSet::Node* schema_;
};

/// check_spec, and whether the driver of this name can do what the spec asks for. Error: invalid_param, naming the
/// field.
Result<Unit> check_for_driver(const TaskSpec& spec, std::string_view driver, const Capabilities& can,
                              const ConfigSchema& schema);

}  // namespace troupe::runtime
