// Members that may be any JSON: results, outputs and values of choices, as services answered them.
#pragma once
#include "api/shape.h"

namespace troupe::api::forms {

template <>
struct FormOf<boost::json::value> {
  static boost::json::object schema(const Facts& facts) { return described({}, facts); }
  static boost::json::value write(const void* value, const Facts&) {
    return *static_cast<const boost::json::value*>(value);
  }
  static void read(const boost::json::value& json, void* value, const Facts&, const std::string&, base::FieldErrors&) {
    *static_cast<boost::json::value*>(value) = json;
  }
  static constexpr Form form{.schema = schema, .write = write, .read = read};
};

}  // namespace troupe::api::forms
