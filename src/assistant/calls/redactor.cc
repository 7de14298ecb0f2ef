#include "assistant/calls/redactor.h"

namespace troupe::assistant::calls {
namespace {

constexpr std::size_t kLeastBytes = 6;
constexpr std::string_view kInItsPlace = "[redacted]";

}  // namespace

void Redactor::add(const std::string& secret) {
  if (secret.size() >= kLeastBytes) secrets_.add(secret);
}

std::string Redactor::text(std::string value) const {
  return secrets_.empty() ? value : secrets_.without(value, kInItsPlace);
}

Json Redactor::json(const Json& value) const {
  if (const auto* list = value.if_array()) {
    JsonArray out;
    out.reserve(list->size());
    for (const auto& each : *list) out.push_back(json(each));
    return out;
  }
  if (const auto* members = value.if_object()) {
    JsonObject out;
    for (const auto& [key, member] : *members) out[text(std::string(key))] = json(member);
    return out;
  }
  return value.is_string() ? Json(text(std::string(matrix::view(value.get_string())))) : value;
}

}  // namespace troupe::assistant::calls
