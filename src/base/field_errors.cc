#include "base/field_errors.h"

#include "base/json_pointer.h"

namespace troupe::base {
namespace {

namespace json = boost::json;

/// As FastAPI has it: "body", then the steps of the pointer.
json::array location(std::string_view pointer) {
  json::array loc{"body"};
  for (auto& step : pointer_steps(pointer)) loc.emplace_back(std::move(step));
  return loc;
}

json::object entry(std::string_view pointer, std::string_view message) {
  return {{"pointer", pointer}, {"loc", location(pointer)}, {"message", message}, {"type", "value_error"}};
}

const json::array* errors_of(const Error& error) {
  const auto* found = error.members().if_contains("errors");
  return found ? found->if_array() : nullptr;
}

}  // namespace

Error field_error(std::string_view pointer, std::string message, Errc code) {
  json::array errors{entry(pointer, message)};
  return Error(code, std::move(message)).with_member("errors", std::move(errors));
}

Error placed_under(Error error, std::string_view prefix) {
  json::array placed;
  if (const auto* errors = errors_of(error)) {
    for (const auto& one : *errors) {
      const auto& object = one.as_object();
      std::string_view pointer(object.at("pointer").as_string());
      placed.push_back(entry(std::string(prefix) + std::string(pointer), object.at("message").as_string()));
    }
  } else {
    placed.push_back(entry(prefix, error.message()));
  }
  return std::move(error).with_member("errors", std::move(placed));
}

std::string pointer_to(std::string_view member) {
  std::string pointer = "/";
  for (char c : member) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

void FieldErrors::add(Error error) {
  if (const auto* errors = errors_of(error)) {
    errors_.insert(errors_.end(), errors->begin(), errors->end());
  } else {
    errors_.push_back(entry("", error.message()));
  }
  if (!first_) first_ = std::move(error);
}

Result<Unit> FieldErrors::outcome() && {
  if (!first_) return Unit{};
  return (*std::move(first_)).with_member("errors", std::move(errors_));
}

}  // namespace troupe::base
