// Dot-separated paths to properties of an event, as push rules and filters write them: `content.body`; a dot or a
// backslash in a name stands behind a backslash (appendices #dot-separated-property-paths).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "matrix/json.h"

namespace troupe::matrix {

/// Takes the next name off a path, unescaped. The path that is left has no data() when that was the last one.
std::string next_path_segment(std::string_view& path);

/// What a path leads to; nullptr when there is nothing. Only objects are gone into.
const Json* find_at_path(const JsonObject& object, std::string_view path);

/// A copy with nothing but what the paths lead to.
JsonObject only_properties(const JsonObject& object, const std::vector<std::string>& paths);

}  // namespace troupe::matrix
