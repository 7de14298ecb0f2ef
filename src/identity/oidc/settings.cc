#include "identity/oidc/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/endpoint.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::identity::oidc {
namespace {

using matrix::JsonObject;
using Wrong = std::optional<std::string>;

constexpr std::size_t kMaxProviders = 20;
constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kMaxTextBytes = 2048;
constexpr std::size_t kMaxScopes = 20;
constexpr std::size_t kMaxScopeBytes = 128;
constexpr std::string_view kPrefix = "oidc-";
constexpr std::string_view kMustBe = "must be tables [[oidc.providers]] (as a variable: a JSON list of objects)";

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxIdBytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '~' || c == '-';
  });
}

bool is_scope(std::string_view text) {
  return !text.empty() && text.size() <= kMaxScopeBytes &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

Wrong read_text(const JsonObject& table, std::string_view key, std::string& out) {
  const auto* value = matrix::find(table, key);
  if (!value) return std::nullopt;
  if (!value->is_string()) return fmt::format("{} must be text", key);
  out = matrix::view(value->get_string());
  if (out.size() > kMaxTextBytes) return fmt::format("{} is longer than {} bytes", key, kMaxTextBytes);
  if (std::ranges::any_of(out, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
    return fmt::format("{} holds a control character", key);
  return std::nullopt;
}

Wrong read_switch(const JsonObject& table, std::string_view key, bool& out) {
  const auto* value = matrix::find(table, key);
  if (!value) return std::nullopt;
  if (!value->is_bool()) return fmt::format("{} must be true or false", key);
  out = value->get_bool();
  return std::nullopt;
}

/// A list of words, or words apart by spaces.
Wrong read_scopes(const JsonObject& table, std::vector<std::string>& out) {
  const auto* value = matrix::find(table, "scopes");
  if (!value) return std::nullopt;
  out.clear();
  if (const auto* line = value->if_string()) {
    std::string_view rest = matrix::view(*line);
    while (!rest.empty()) {
      const auto end = std::min(rest.find(' '), rest.size());
      if (end > 0) out.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  } else if (const auto* list = value->if_array()) {
    for (const auto& scope : *list) {
      if (!scope.is_string()) return "scopes must be a list of words";
      out.emplace_back(matrix::view(scope.get_string()));
    }
  } else {
    return "scopes must be a list of words";
  }
  if (out.size() > kMaxScopes || !std::ranges::all_of(out, is_scope))
    return fmt::format("scopes must be at most {} words of at most {} characters", kMaxScopes, kMaxScopeBytes);
  if (std::ranges::find(out, "openid") == out.end()) return "scopes must hold openid";
  return std::nullopt;
}

Wrong wrong_issuer(const std::string& issuer) {
  const auto url = net::http::Url::parse(issuer);
  if (!url || issuer.find_first_of("?# ") != std::string::npos)
    return "issuer must be the provider's address, as https://keycloak.example.org/realms/main";
  return std::nullopt;
}

constexpr std::string_view kKeys[] = {"id",
                                      "name",
                                      "issuer",
                                      "client_id",
                                      "client_secret",
                                      "scopes",
                                      "localpart_claim",
                                      "required_role",
                                      "link_existing",
                                      "backchannel_logout"};

Wrong unknown_key(const JsonObject& table) {
  for (const auto& [key, value] : table) {
    if (std::ranges::find(kKeys, std::string_view(key)) == std::end(kKeys))
      return fmt::format("unknown key \"{}\"; there are {}", std::string_view(key), fmt::join(kKeys, ", "));
  }
  return std::nullopt;
}

Wrong read_provider(const JsonObject& table, ProviderSettings& out) {
  if (auto wrong = read_text(table, "id", out.id)) return wrong;  // first: it says which one is wrong
  if (auto wrong = unknown_key(table)) return wrong;
  const std::pair<std::string_view, std::string*> texts[] = {{"name", &out.name},
                                                             {"issuer", &out.issuer},
                                                             {"client_id", &out.client_id},
                                                             {"client_secret", &out.client_secret},
                                                             {"localpart_claim", &out.localpart_claim},
                                                             {"required_role", &out.required_role}};
  for (const auto& [key, to] : texts)
    if (auto wrong = read_text(table, key, *to)) return wrong;
  if (auto wrong = read_switch(table, "link_existing", out.link_existing)) return wrong;
  if (auto wrong = read_switch(table, "backchannel_logout", out.backchannel_logout)) return wrong;
  if (auto wrong = read_scopes(table, out.scopes)) return wrong;
  if (!is_id(out.id)) return fmt::format("id must be 1 to {} characters of A-Z a-z 0-9 . _ ~ -", kMaxIdBytes);
  if (out.issuer.empty()) return "issuer is missing";
  if (auto wrong = wrong_issuer(out.issuer)) return wrong;
  if (out.client_id.empty()) return "client_id is missing";
  if (out.localpart_claim.empty()) return "localpart_claim must not be empty";
  if (out.name.empty()) out.name = out.id;
  out.id = outer_id(out.id);
  return std::nullopt;
}

std::string written(const std::vector<ProviderSettings>& providers) {
  if (providers.empty()) return {};
  matrix::JsonArray list;
  for (const auto& provider : providers) {
    matrix::JsonArray scopes(provider.scopes.begin(), provider.scopes.end());
    list.push_back(JsonObject{{"id", provider.id},
                              {"name", provider.name},
                              {"issuer", provider.issuer},
                              {"client_id", provider.client_id},
                              {"client_secret", provider.client_secret},
                              {"scopes", std::move(scopes)},
                              {"localpart_claim", provider.localpart_claim},
                              {"required_role", provider.required_role},
                              {"link_existing", provider.link_existing},
                              {"backchannel_logout", provider.backchannel_logout}});
  }
  return boost::json::serialize(list);
}

}  // namespace

std::string outer_id(std::string_view configured) {
  if (configured == "oidc" || configured.starts_with(kPrefix)) return std::string(configured);
  return std::string(kPrefix) + std::string(configured);
}

std::optional<std::string> read_providers(const std::string& text, std::vector<ProviderSettings>& out) {
  out.clear();
  if (text.empty()) return std::nullopt;
  const auto parsed = matrix::parse_json(text);
  const auto* list = parsed ? parsed->if_array() : nullptr;
  if (!list) return std::string(kMustBe);
  if (list->size() > kMaxProviders) return fmt::format("may be at most {}", kMaxProviders);
  for (const auto& entry : *list) {
    const auto* table = entry.if_object();
    if (!table) return std::string(kMustBe);
    ProviderSettings provider;
    if (auto wrong = read_provider(*table, provider)) {
      const auto which = provider.id.empty() ? std::string() : fmt::format(" ({})", provider.id);
      return fmt::format("number {}{}: {}", out.size() + 1, which, *wrong);
    }
    if (std::ranges::find(out, provider.id, &ProviderSettings::id) != out.end())
      return fmt::format("number {}: there is another with the id {}", out.size() + 1, provider.id);
    out.push_back(std::move(provider));
  }
  return std::nullopt;
}

std::vector<host::Setting> setting_rows() {
  return {{.key = "oidc.providers",
           .value = {.takes = "tables [[oidc.providers]] (docs/guide/single-sign-on.md)",
                     .read = [](host::Settings& s, const std::string& text) -> std::optional<std::string> {
                       std::vector<ProviderSettings> read;
                       if (auto wrong = read_providers(text, read)) return wrong;
                       s.edit<OidcSettings>().providers = std::move(read);
                       return std::nullopt;
                     },
                     .write = [](const host::Settings& s) { return written(s.of<OidcSettings>().providers); }},
           .help = "who else may vouch for people: each has id, name, issuer, client_id, client_secret, scopes, "
                   "localpart_claim, required_role, link_existing, backchannel_logout",
           .secret = host::Secret::yes}};
}

void review_settings(const host::Settings& settings, host::Review& review) {
  for (const auto& provider : settings.of<OidcSettings>().providers) {
    const auto url = net::http::Url::parse(provider.issuer);
    if (url && !url->tls && !host::is_loopback(url->host)) {
      review.at_start.push_back("WARNING: the sign-in provider " + provider.id +
                                " has no https: whoever is between can sign in as anybody");
    }
  }
}

}  // namespace troupe::identity::oidc
