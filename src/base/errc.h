// The kinds of error that Troupe knows, and what each is called on the wire.
#pragma once
#include <string_view>

namespace troupe::base {

/// What went wrong, independent of any API. The HTTP status and the Matrix code of each are in errc.cc.
enum class Errc {
  forbidden,
  missing_token,
  unknown_token,
  bad_json,
  not_json,
  invalid_param,
  missing_param,
  not_found,
  unrecognized,
  user_in_use,
  limit_exceeded,
  too_large,
  timed_out,
  conflict,
  method_not_allowed,
  unsupported,
  unavailable,
  internal,
};

struct ErrcInfo {
  Errc code;
  std::string_view name;         ///< Our own `code` in problem+json, e.g. "limit_exceeded".
  int http_status;               ///< 400…599
  std::string_view matrix_code;  ///< "M_…", as in the Client-Server API #standard-error-response
  std::string_view title;        ///< A short human sentence, used when an Error carries no message.
};

/// Never fails: every enumerator has a row (checked by errc_test).
const ErrcInfo& info(Errc code);

}  // namespace troupe::base
