// How errors look in the families of APIs that the program speaks.
#pragma once
#include <string_view>

#include "base/result.h"
#include "net/http/http.h"

namespace troupe::net::route {

enum class Dialect {
  matrix,   ///< {errcode, error}
  problem,  ///< RFC 9457 problem+json: type, title, status, detail, code, errors[], request_id
  detail,   ///< {detail}; validation errors are 422 with a list
  error,    ///< {error}
};

/// Renders an error in a dialect. An error made by schema_error() (net/route/schema.h) shows its list: `errors` in
/// problem+json, 422 and a list in `detail`.
http::Response render_error(const Error& error, Dialect dialect, std::string_view request_id);

}  // namespace troupe::net::route
