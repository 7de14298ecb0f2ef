#include "assistant/packs/found_sign_in.h"

#include <boost/json/serialize.hpp>

#include "assistant/packs/sign_in.h"
#include "matrix/json.h"

namespace troupe::assistant::packs {

bool finds_sign_in(const Config& config) {
  const auto& auth = config.auth;
  const bool says_nothing = auth.scheme == Scheme::none ||
                            (auth.scheme == Scheme::oauth2 && auth.token_url.empty() && auth.authorize_url.empty());
  return config.mcp && !config.mcp->stdio && says_nothing;
}

std::string text_of(const FoundSignIn& found) {
  JsonArray scopes;
  for (const auto& each : found.scopes) scopes.emplace_back(each);
  return boost::json::serialize(JsonObject{{"resource", found.resource},
                                           {"issuer", found.issuer},
                                           {"answers_with_issuer", found.answers_with_issuer},
                                           {"authorize_url", found.authorize_url},
                                           {"token_url", found.token_url},
                                           {"registration_url", found.registration_url},
                                           {"basic", found.client_auth == ClientAuth::basic},
                                           {"public_clients", found.public_clients},
                                           {"scopes", std::move(scopes)},
                                           {"registered_for", found.registered_for},
                                           {"registered_until", found.registered_until}});
}

std::optional<FoundSignIn> read_found_sign_in(std::string_view text) {
  const auto parsed = matrix::parse_json(text);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  if (!object) return std::nullopt;
  const auto word = [object](std::string_view name) {
    return std::string(matrix::find_string(*object, name).value_or(""));
  };
  const auto flag = [object](std::string_view name) { return matrix::find_bool(*object, name).value_or(false); };
  FoundSignIn out{.resource = word("resource"),
                  .issuer = word("issuer"),
                  .answers_with_issuer = flag("answers_with_issuer"),
                  .authorize_url = word("authorize_url"),
                  .token_url = word("token_url"),
                  .registration_url = word("registration_url"),
                  .client_auth = flag("basic") ? ClientAuth::basic : ClientAuth::post,
                  .public_clients = flag("public_clients"),
                  .scopes = {},
                  .registered_for = word("registered_for"),
                  .registered_until = matrix::find_integer(*object, "registered_until").value_or(0)};
  if (!is_sign_in_address(out.authorize_url) || !is_sign_in_address(out.token_url)) return std::nullopt;
  if (const auto* scopes = matrix::find_array(*object, "scopes")) {
    for (const auto& each : *scopes) {
      if (each.is_string()) out.scopes.emplace_back(matrix::view(each.get_string()));
    }
  }
  return out;
}

void complete_auth(Auth& auth, const FoundSignIn& found) {
  auth.scheme = Scheme::oauth2;
  auth.authorize_url = found.authorize_url;
  auth.token_url = found.token_url;
  auth.resource = found.resource;
  auth.issuer = found.issuer;
  auth.issuer_may_lack = !found.answers_with_issuer;
  auth.client_auth = found.client_auth;
  auth.scopes = found.scopes;
}

}  // namespace troupe::assistant::packs
