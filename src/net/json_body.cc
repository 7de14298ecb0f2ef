#include "net/json_body.h"

#include <boost/json/parse.hpp>

namespace troupe::net {

Result<boost::json::value> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  boost::system::error_code failed;
  auto value = boost::json::parse({text.data(), text.size()}, failed, {}, options);
  if (failed == boost::json::error::too_deep) {
    return Error(Errc::bad_json, "The JSON is nested deeper than 64 levels.");
  }
  if (failed) {
    // The list makes it a validation error in the `detail` dialect, as FastAPI has it.
    boost::json::array errors{boost::json::object{{"pointer", ""},
                                                  {"loc", boost::json::array{"body"}},
                                                  {"message", "JSON decode error"},
                                                  {"type", "json_invalid"}}};
    return Error(Errc::not_json, "The body is not valid JSON (" + failed.message() + ").")
        .with_member("errors", std::move(errors));
  }
  return value;
}

}  // namespace troupe::net
