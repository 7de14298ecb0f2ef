// The methods that a path has: OpenAPI 3.2, Path Item Object.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "assistant/report/findings.h"
#include "matrix/json.h"

namespace troupe::assistant::openapi {

/// One operation of a path.
struct Method {
  std::string name;     ///< as it is sent: "GET"
  std::string pointer;  ///< where it stands
  const matrix::JsonObject* operation = nullptr;
};

/// Those that can be called, `query` and additionalOperations (3.2) among them; those that cannot stand in `report`.
std::vector<Method> methods_of(const matrix::JsonObject& item, const std::string& pointer,
                               const report::InFile& report);

/// What HTTP itself says that it changes nothing.
bool only_reads(std::string_view method);
/// What deletes, and what nothing is known of.
bool may_destroy(std::string_view method);

/// Whether a path can be called: it begins with a slash, has no query, and stays where it is.
bool is_path(std::string_view path);

/// A method's or header's name as HTTP has it: what is no token would be two headers, or none.
bool is_token(std::string_view name);

}  // namespace troupe::assistant::openapi
