// Reading a JSON request body, strictly and with limits.
#pragma once
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::net::http {

constexpr std::size_t kMaxJsonDepth = 64;

/// RFC 8259 without extensions, nesting at most kMaxJsonDepth. Errors: not_json (syntax, or not UTF-8), bad_json
/// (nested too deep).
Result<boost::json::value> parse_json(std::string_view text);

/// A mistake of the body as a whole, with a list of that one, which makes it a validation error (422) in the `detail`
/// dialect, as FastAPI has it. `type` is FastAPI's word for it.
Error whole_body_error(Errc code, std::string message, std::string_view type);

}  // namespace troupe::net::http
