// What the tables of several shapes here are made of.
#pragma once
#include <array>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "api/shape.h"
#include "base/types.h"

namespace troupe::assistant::routes {

inline constexpr std::int64_t kMaxNameLength = 200;

/// Empty where there is no time.
inline std::string time_or_nothing(base::UnixMs time) { return time == 0 ? std::string() : api::rfc3339(time); }

template <class E, std::size_t N>
std::string_view word_of(const std::array<std::string_view, N>& words, E value) {
  return words[static_cast<std::size_t>(value)];
}

/// Lists whose whole length nobody counts: `next` is the parameter's value for the rest, absent at their end.
template <class T>
boost::json::object list_of(std::string_view next, std::string_view type) {
  auto schema = api::items_schema<T>();
  schema["properties"].as_object()[next] =
      boost::json::object{{"type", type}, {"description", "For the rest. Absent: that was all."}};
  return schema;
}
template <class T>
boost::json::object list_from() {
  return list_of<T>("next_from", "integer");
}
template <class T>
boost::json::object list_after() {
  return list_of<T>("next_after", "integer");
}
template <class T>
boost::json::object list_after_cursor() {
  return list_of<T>("next_after", "string");
}

}  // namespace troupe::assistant::routes
