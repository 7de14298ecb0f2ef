#include "runtime/cluster/json_read.h"

#include "base/utc.h"

namespace troupe::runtime::cluster {

const boost::json::value* find_at(const boost::json::value& in, Path path) {
  const auto* here = &in;
  for (const auto step : path) {
    const auto* object = here->if_object();
    here = object ? object->if_contains(step) : nullptr;
    if (!here) return nullptr;
  }
  return here;
}

std::string_view text_at(const boost::json::value& in, Path path) {
  const auto* found = find_at(in, path);
  const auto* text = found ? found->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

std::int64_t number_at(const boost::json::value& in, Path path) {
  const auto* found = find_at(in, path);
  const auto* number = found ? found->if_int64() : nullptr;
  return number ? *number : 0;
}

bool flag_at(const boost::json::value& in, Path path) {
  const auto* found = find_at(in, path);
  const auto* flag = found ? found->if_bool() : nullptr;
  return flag && *flag;
}

const boost::json::array& array_at(const boost::json::value& in, Path path) {
  static const boost::json::array kNone;
  const auto* found = find_at(in, path);
  const auto* array = found ? found->if_array() : nullptr;
  return array ? *array : kNone;
}

const boost::json::object& object_at(const boost::json::value& in, Path path) {
  static const boost::json::object kNone;
  const auto* found = find_at(in, path);
  const auto* object = found ? found->if_object() : nullptr;
  return object ? *object : kNone;
}

base::UnixMs time_at(const boost::json::value& in, Path path) {
  const auto time = base::read_utc(text_at(in, path), base::kIsoSeconds);
  return time && *time > 0 ? *time : 0;
}

}  // namespace troupe::runtime::cluster
