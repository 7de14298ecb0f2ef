#include "net/http/json_body.h"

#include <boost/json/parse.hpp>

namespace troupe::net::http {

Error whole_body_error(Errc code, std::string message, std::string_view type) {
  boost::json::array errors{
      boost::json::object{{"pointer", ""}, {"loc", boost::json::array{"body"}}, {"message", message}, {"type", type}}};
  return Error(code, std::move(message)).with_member("errors", std::move(errors));
}

Result<boost::json::value> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  boost::system::error_code failed;
  auto value = boost::json::parse({text.data(), text.size()}, failed, {}, options);
  if (failed == boost::json::error::too_deep) {
    return whole_body_error(Errc::bad_json, "The JSON is nested deeper than 64 levels.", "json_invalid");
  }
  if (failed) {
    return whole_body_error(Errc::not_json, "The body is not valid JSON (" + failed.message() + ").", "json_invalid");
  }
  return value;
}

}  // namespace troupe::net::http
