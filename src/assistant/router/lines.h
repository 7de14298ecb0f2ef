// Routing line by line: what `troupe route` prints.
#pragma once
#include <string>
#include <string_view>

#include "assistant/router/router.h"
#include "base/result.h"

namespace troupe::assistant::router {

/// A longer line is refused.
constexpr std::size_t kMostLineBytes = 1024UL * 1024;

/// `{"id","text"}` becomes `{"id","service","ask","confidence","candidates"}`, without a line's end. `service` is a
/// name or "none"; `candidates` are names, the likeliest first; `not_enabled` is there when such a service was meant.
/// With `debug` also `scores`. Errors: bad_json, too_large.
Result<std::string> route_line(const Router& router, std::string_view line, bool debug);

}  // namespace troupe::assistant::router
