// An answer of the Matrix listener, and what is looked up in it. Only tests include this.
#pragma once
#include <string>

#include "matrix/json.h"

namespace troupe::homeserver {

struct JsonAnswer {
  int status = 0;
  std::string text;
  matrix::Json json;

  /// The value at a JSON pointer; null when there is none.
  matrix::Json at(std::string_view pointer) const {
    boost::system::error_code none;
    const auto* found = json.find_pointer(pointer, none);
    return found ? *found : matrix::Json();
  }
  std::string string_at(std::string_view pointer) const {
    const auto found = at(pointer);
    return found.is_string() ? std::string(matrix::view(found.get_string())) : std::string();
  }
  std::string errcode() const { return string_at("/errcode"); }
  bool has(std::string_view pointer) const { return !at(pointer).is_null(); }
};

}  // namespace troupe::homeserver
