// The keys of the configuration that say who else may vouch for people: providers of OpenID Connect.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/setting.h"

namespace troupe::identity::oidc {

/// One [[oidc.providers]] of troupe.toml.
struct ProviderSettings {
  std::string id;    ///< "oidc-keycloak": as clients and stored external ids have it
  std::string name;  ///< what people read
  std::string issuer;
  std::string client_id;
  std::string client_secret;  ///< empty: a public client
  std::vector<std::string> scopes{"openid", "profile", "email"};
  std::string localpart_claim = "preferred_username";
  std::string required_role = {};   ///< Keycloak's realm or client role that whoever comes needs; empty: none
  bool link_existing = false;       ///< whoever comes first with the name of an account here gets that account
  bool backchannel_logout = false;  ///< the provider may end the sessions that came from it
};

struct OidcSettings {
  std::vector<ProviderSettings> providers;
};

/// What clients call the provider of this configured id: Synapse puts "oidc-" before it, and stored ids have it so.
std::string outer_id(std::string_view configured);

/// The providers as a JSON list of objects: so a list of tables comes from the file, and it may stand in the
/// environment. Yields what is wrong, or nothing.
std::optional<std::string> read_providers(const std::string& text, std::vector<ProviderSettings>& out);

std::vector<host::Setting> setting_rows();
void review_settings(const host::Settings& settings, host::Review& review);

}  // namespace troupe::identity::oidc
