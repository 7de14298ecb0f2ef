// Keys of services: the server's own of the environment and troupe.toml, and those that tenants stored.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "assistant/packs/pack.h"
#include "assistant/services/service_settings.h"
#include "base/crypto.h"

namespace troupe::assistant::services {

/// Secrets by name: "key", "token_name", …
using SecretValues = std::map<std::string, std::string>;

inline constexpr std::size_t kMaxSecretBytes = 4 * 1024;
/// The secret that a sign-in leaves. calls::kLastingToken stands in its place where a service gives none.
inline constexpr std::string_view kSignIn = "refresh_token";

/// Whose key it is, as calls::Service::account has it.
std::string account_of(std::int64_t tenant_id, std::string_view service);

/// Where a pack's secrets go: the origin of its base URL, and the address that renews tokens. Keys are used at the
/// address that they were given for and nowhere else, whatever a pack or an administrator changes later. Empty:
/// nowhere. Of a program that is an MCP server: the program, its arguments and what of its environment holds keys.
std::string address_of(const packs::Pack& pack, const std::string& base_url);

/// Where calls go and as whom, as a digest: another one after another address, program, token address or key. Of the
/// keys it has so little that a change shows and nothing can be guessed by it.
std::string destination_of(const packs::Pack& pack, const std::string& base_url, const SecretValues& secrets);

using Environment = std::function<std::optional<std::string>(std::string_view)>;
/// The process's own.
Environment process_environment();

/// The default tenant's keys that stand in the environment or in troupe.toml. Any thread.
class ServerKeys {
 public:
  ServerKeys(const ServiceSettings& settings, Environment environment)
      : settings_(settings), environment_(std::move(environment)) {}

  /// Those that the pack's scheme needs and that are set.
  SecretValues secrets(const packs::Config& config) const;
  /// <SERVICE>_BASE_URL; empty: not set, or no address.
  std::string base_url(const std::string& service) const;
  /// All secrets of troupe.toml and of the shipped packs' variables, by service.
  std::map<std::string, std::vector<std::string>> values() const;

 private:
  std::string value_of(const std::string& service, const std::string& name) const;

  const ServiceSettings& settings_;
  Environment environment_;
};

/// What a tenant stored for one service.
struct StoredSecrets {
  std::string address;  ///< address_of() when they were stored
  SecretValues values;
};

/// Sealed together with whose they are: the bytes of another tenant's row do not open here.
std::string seal(const base::SealingKey& key, const std::string& account, const StoredSecrets& secrets);
/// Error: internal (another key, altered, or another account's).
Result<StoredSecrets> open(const base::SealingKey& key, const std::string& account, std::string_view sealed);

/// What is wrong with a secret's value, without the value; nothing when it can be sent.
std::optional<std::string> wrong_secret(const std::string& name, const std::string& value);

}  // namespace troupe::assistant::services
