// Mistakes in what somebody sent, each with the place where it stands: `errors` of problem+json, which forms read.
#pragma once
#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::base {

/// An Error whose member `errors` = [{pointer, loc, message, type}] names one member of the body. `pointer` is RFC 6901
/// ("/limits/bot_per_minute"); "" is the whole.
Error field_error(std::string_view pointer, std::string message, Errc code = Errc::invalid_param);

/// The same error with each of its pointers below `prefix` ("/brain/config"); one that names no place stands at the
/// prefix itself.
Error placed_under(Error error, std::string_view prefix);

/// "/name" for a member of the body, escaped.
std::string pointer_to(std::string_view member);

/// Collects mistakes, so that a person sees all of them at once.
class FieldErrors {
 public:
  void add(std::string_view pointer, std::string message) { add(field_error(pointer, std::move(message))); }
  void add(Error error);
  /// The value, or nothing: then the mistake is noted.
  template <class T>
  std::optional<T> take(Result<T> result) {
    if (result) return *std::move(result);
    add(std::move(result).error());
    return std::nullopt;
  }
  bool empty() const { return !first_; }
  /// All of them as one: kind and message are the first one's. Unit when there is none.
  Result<Unit> outcome() &&;

 private:
  std::optional<Error> first_;
  boost::json::array errors_;
};

}  // namespace troupe::base
