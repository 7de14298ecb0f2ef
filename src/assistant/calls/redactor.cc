#include "assistant/calls/redactor.h"

#include <algorithm>

#include "base/encoding.h"

namespace troupe::assistant::calls {
namespace {

constexpr std::size_t kLeastBytes = 6;
constexpr std::string_view kInItsPlace = "[redacted]";

}  // namespace

void Redactor::add(const std::string& secret) {
  if (secret.size() < kLeastBytes) return;
  for (auto form : {secret, base::percent_encode(secret), base::base64(base::as_bytes(secret)),
                    base::base64url(base::as_bytes(secret))}) {
    if (std::ranges::find(forms_, form) == forms_.end()) forms_.push_back(std::move(form));
  }
  std::ranges::sort(forms_, std::greater(), &std::string::size);
}

std::string Redactor::text(std::string value) const {
  for (const auto& form : forms_) {
    auto found = value.find(form);
    if (found == std::string::npos) continue;
    // Written anew rather than replaced in place: a service may fill an answer with nothing but its key.
    std::string out;
    std::size_t from = 0;
    for (; found != std::string::npos; found = value.find(form, from)) {
      out.append(value, from, found - from) += kInItsPlace;
      from = found + form.size();
    }
    out.append(value, from);
    value = std::move(out);
  }
  return value;
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
