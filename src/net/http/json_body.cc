#include "net/http/json_body.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cmath>

namespace troupe::net::http {
namespace {

/// Whether every number can be written again: 1e400 is read as infinity, for which JSON has no word. As deep as the
/// parser lets texts be.
bool is_finite(const boost::json::value& value) {
  if (const auto* number = value.if_double()) return std::isfinite(*number);
  if (const auto* object = value.if_object()) {
    return std::ranges::all_of(*object, [](const auto& member) { return is_finite(member.value()); });
  }
  if (const auto* array = value.if_array()) return std::ranges::all_of(*array, is_finite);
  return true;
}

}  // namespace

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
  if (!is_finite(value)) {
    return whole_body_error(Errc::not_json, "A number of the body is too large.", "json_invalid");
  }
  return value;
}

}  // namespace troupe::net::http
