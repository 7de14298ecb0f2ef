// What handlers read of a request: parameters after the '?' and members of a JSON body, for both listeners. The name of
// what is wrong is in the error.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "net/route/router.h"

namespace troupe::net::route {

// Parameters after the '?'. One that is empty counts as not there. Errors: invalid_param.

/// What a number may be.
struct NumberRange {
  enum class Above { refused, cut };
  std::int64_t otherwise;        ///< when the parameter is not there
  std::int64_t least;            ///< less is refused
  std::int64_t most;             ///< more is refused, or
  Above above = Above::refused;  ///< is cut to it, as Matrix clients expect of limits
};
Result<std::int64_t> query_number(const http::Request& request, std::string_view name, const NumberRange& range);

/// "true" or "false", as the Matrix specification has it; not there: false.
Result<bool> query_flag(const http::Request& request, std::string_view name);
/// Also "1", "yes", "on" and their opposites, as people type it; not there: false.
Result<bool> query_switch(const http::Request& request, std::string_view name);

/// One of the words, or nothing when the parameter is not there. The error lists them.
Result<std::optional<std::string>> query_choice(const http::Request& request, std::string_view name,
                                                std::initializer_list<std::string_view> words);

/// ?search=, or another of that kind, at most 200 bytes.
Result<std::string> query_search(const http::Request& request, std::string_view name = "search");

/// The whole number that a path parameter is; nothing when it is none.
std::optional<std::int64_t> whole_number(std::string_view text);

// Members of a JSON body.

/// The parsed body, or an empty object when the request had none.
const boost::json::object& body_object(const Call& call);

// Members of a body without a schema. Lengths are in bytes; null counts as not there. Errors: missing_param, bad_json
// (another type), invalid_param (too long, or a NUL inside, which no member that is stored may have).
Result<std::string> required_string(const boost::json::object& body, std::string_view key, std::size_t max_bytes);
Result<std::optional<std::string>> optional_string(const boost::json::object& body, std::string_view key,
                                                   std::size_t max_bytes);
Result<bool> optional_bool(const boost::json::object& body, std::string_view key, bool when_absent);
Result<std::optional<std::int64_t>> optional_integer(const boost::json::object& body, std::string_view key);

}  // namespace troupe::net::route
