#include "assistant/services/keys.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "assistant/packs/address.h"
#include "base/encoding.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::assistant::services {
namespace {

/// Shorter ones are too common to be taken out of texts, so they would show.
constexpr std::size_t kShortestSecret = 6;

/// The keys of a program are for this one, with these arguments and this use of them.
std::string program_of(const packs::Mcp& mcp) {
  std::string whole = mcp.command + (mcp.sandbox ? "+" : "-");
  for (const auto& each : mcp.arguments) (whole += '\0') += each;
  for (const auto& [name, value] : mcp.environment) (((whole += '\0') += name) += '=') += value;
  return "program " + base::hex(base::sha256(whole));
}

}  // namespace

std::string account_of(std::int64_t tenant_id, std::string_view service) {
  return std::to_string(tenant_id) + "/" + std::string(service);
}

std::string address_of(const packs::Pack& pack, const std::string& base_url) {
  if (pack.config.mcp && pack.config.mcp->stdio) return program_of(*pack.config.mcp);
  const auto base = net::http::Url::parse(base_url);
  if (!base) return {};
  const auto& renewed_at = pack.config.auth.token_url;
  return base->origin() + (renewed_at.empty() ? "" : " " + renewed_at);
}

std::string destination_of(const packs::Pack& pack, const std::string& base_url, const SecretValues& secrets) {
  constexpr std::size_t kDigitsOfKeys = 4;
  std::string keys;
  for (const auto& [name, value] : secrets) (((keys += name) += '\0') += value) += '\0';
  return base::hex(base::sha256(address_of(pack, base_url) + '\0' + base_url)) + "." +
         base::hex(base::sha256(keys)).substr(0, kDigitsOfKeys);
}

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

std::string ServerKeys::value_of(const std::string& service, const std::string& name) const {
  if (const auto found = settings_.given.find(service); found != settings_.given.end()) {
    if (const auto value = found->second.find(name); value != found->second.end()) return value->second;
  }
  return environment_(packs::environment_name(service, name)).value_or("");
}

SecretValues ServerKeys::secrets(const packs::Config& config) const {
  SecretValues out;
  for (const auto& name : config.auth.secrets()) {
    auto value = value_of(config.service, name);
    if (!value.empty()) out.emplace(name, std::move(value));
  }
  return out;
}

std::string ServerKeys::base_url(const std::string& service) const {
  auto value = value_of(service, "base_url");
  while (value.ends_with('/')) value.pop_back();
  return packs::host_of(value) ? value : std::string();
}

std::map<std::string, std::vector<std::string>> ServerKeys::values() const {
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& [service, given] : settings_.given) {
    for (const auto& [name, value] : given) {
      if (name != "base_url") out[service].push_back(value);
    }
  }
  return out;
}

std::string seal(const base::SealingKey& key, const std::string& account, const StoredSecrets& secrets) {
  matrix::JsonObject values;
  for (const auto& [name, value] : secrets.values) values[name] = value;
  return key.seal(boost::json::serialize(
      matrix::JsonObject{{"account", account}, {"address", secrets.address}, {"secrets", std::move(values)}}));
}

Result<StoredSecrets> open(const base::SealingKey& key, const std::string& account, std::string_view sealed) {
  TRY(const auto text, key.open(sealed));
  const auto parsed = matrix::parse_json(text);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  const auto* values = object ? matrix::find_object(*object, "secrets") : nullptr;
  if (!values || matrix::find_string(*object, "account") != account)
    return Error(Errc::internal, "The stored keys of a service cannot be read.");
  StoredSecrets out{.address = std::string(matrix::find_string(*object, "address").value_or("")), .values = {}};
  for (const auto& [name, value] : *values) {
    if (value.is_string()) out.values.emplace(std::string(name), std::string(matrix::view(value.get_string())));
  }
  return out;
}

std::optional<std::string> wrong_secret(const std::string& name, const std::string& value) {
  if (value.size() > kMaxSecretBytes) return "has at most 4096 characters";
  if (!std::ranges::all_of(value, [](char c) { return c > 0x20 && static_cast<unsigned char>(c) < 0x7f; }))
    return "has visible ASCII characters alone, and no spaces";
  const bool shown = name == "user" || name == "token_name" || name == "client_id";
  if (!shown && value.size() < kShortestSecret) return "has at least 6 characters";
  return std::nullopt;
}

}  // namespace troupe::assistant::services
