#include "app/config_listing.h"

#include "base/encoding.h"
#include "base/secret_names.h"

namespace troupe::app {
namespace {

/// Whether a parameter of a URL holds a secret, by its name, like PostgreSQL's `password` and `sslpassword`.
bool is_secret(std::string_view name) {
  const auto plain = base::percent_decode(name);  // libpq reads pass%77ord as well
  return !plain || base::names_a_secret(*plain);
}

/// "a=b&password=secret" without the secret.
std::string without_secrets(std::string_view parameters) {
  std::string shown;
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find('&'), parameters.size());
    const auto one = parameters.substr(0, end);
    const auto equals = one.find('=');
    const bool masked = equals != one.npos && is_secret(one.substr(0, equals));
    shown += masked ? std::string(one.substr(0, equals + 1)) + "***" : std::string(one);
    if (end < parameters.size()) shown += '&';
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
  }
  return shown;
}

/// "postgres://user:secret@host/db?password=secret" without the secrets.
std::string without_password(std::string value) {
  const auto scheme = value.find("://");
  if (scheme == value.npos) return value;
  if (const auto query = value.find('?', scheme); query != value.npos) {
    value.replace(query + 1, value.npos, without_secrets(std::string_view(value).substr(query + 1)));
  }
  const auto end = value.find_first_of("/?#", scheme + 3);
  const auto at = value.rfind('@', end == value.npos ? end : end - 1);
  const auto colon = value.find(':', scheme + 3);
  if (at == value.npos || at < scheme || colon == value.npos || colon > at) return value;
  return value.replace(colon + 1, at - colon - 1, "***");
}

}  // namespace

std::vector<host::SettingLine> list_settings(const LoadedConfig& config) {
  std::vector<host::SettingLine> lines;
  for (const auto& key : config.keys) {
    const auto given = config.given.find(key.key);
    const bool set = given != config.given.end();
    const auto value = set ? given->second.value : key.value.write(config.settings);
    const bool secret = key.secret != host::Secret::no;
    lines.push_back({.key = std::string(key.key),
                     .value = !secret         ? without_password(value)
                              : value.empty() ? ""
                                              : "set",
                     .source = set ? given->second.where : "default",
                     .help = std::string(key.help),
                     .secret = secret});
  }
  return lines;
}

}  // namespace troupe::app
