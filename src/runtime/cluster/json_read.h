// Reads members out of an engine's answers: what is missing or of another kind is empty.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <initializer_list>
#include <string_view>

#include "base/clock.h"

namespace troupe::runtime::cluster {

using Path = std::initializer_list<std::string_view>;

/// nullptr: there is none.
const boost::json::value* find_at(const boost::json::value& in, Path path);
std::string_view text_at(const boost::json::value& in, Path path);
std::int64_t number_at(const boost::json::value& in, Path path);
bool flag_at(const boost::json::value& in, Path path);
/// An empty one where there is none.
const boost::json::array& array_at(const boost::json::value& in, Path path);
const boost::json::object& object_at(const boost::json::value& in, Path path);
/// "2026-11-20T08:00:00.123456789Z"; 0: no such time. Go writes its zero time as of the year 1: 0, too.
base::UnixMs time_at(const boost::json::value& in, Path path);

}  // namespace troupe::runtime::cluster
