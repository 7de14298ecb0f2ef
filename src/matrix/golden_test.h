// Reads the golden vectors under tests/golden/matrix/.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "matrix/json.h"

namespace troupe::matrix {

inline Json golden(const std::string& name) {
  std::ifstream file(TROUPE_GOLDEN_DIR + name);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto value = parse_json(text);
  if (!value) throw std::runtime_error(name + ": " + value.error().message());
  return *std::move(value);
}

inline std::string text_of(const JsonObject& object, std::string_view key) {
  return std::string(find_string(object, key).value());
}

}  // namespace troupe::matrix
