#include "assistant/calls/redactor.h"

namespace troupe::assistant::calls {
namespace {

constexpr std::size_t kLeastBytes = 6;
constexpr std::string_view kInItsPlace = "[redacted]";

}  // namespace

Redactor::Redactor(const std::map<std::string, std::string>& secrets) {
  for (const auto& [name, secret] : secrets) add(secret);
  const auto user = secrets.find("user"), key = secrets.find("key");
  if (user != secrets.end() && key != secrets.end()) add(user->second + ":" + key->second);
}

void Redactor::add(const std::string& secret) {
  if (secret.size() < kLeastBytes) return;
  if (!secrets_) {
    secrets_ = std::make_shared<schema::SecretFinder>();
  } else if (secrets_.use_count() > 1) {
    secrets_ = std::make_shared<schema::SecretFinder>(*secrets_);
  }
  secrets_->add(secret);
}

std::string Redactor::text(std::string value) const { return secrets_ ? secrets_->without(value, kInItsPlace) : value; }

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

Redactor redactor_of(const Service& service) {
  const auto& known = service.known;
  return known && known->secrets == service.secrets ? known->redactor : Redactor(service.secrets);
}

}  // namespace troupe::assistant::calls
