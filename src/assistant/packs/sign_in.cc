#include "assistant/packs/sign_in.h"

#include <algorithm>

#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::assistant::packs {
namespace {

struct Flow {
  std::string scheme;  ///< as requirements name it
  std::string authorize_url, token_url, refresh_url, metadata_url;
};

std::string word_of(const JsonObject& object, std::string_view name) {
  return std::string(matrix::find_string(object, name).value_or(""));
}

/// All flows of the document that begin in a browser.
std::vector<Flow> flows_of(const openapi::Document& document) {
  std::vector<Flow> out;
  const auto* components = matrix::find_object(document.root(), "components");
  const auto* schemes = components ? matrix::find_object(*components, "securitySchemes") : nullptr;
  if (!schemes) return out;
  for (const auto& [name, value] : *schemes) {
    const auto* scheme = document.object(&value);
    const auto* flows =
        scheme && word_of(*scheme, "type") == "oauth2" ? matrix::find_object(*scheme, "flows") : nullptr;
    const auto* flow = flows ? matrix::find_object(*flows, "authorizationCode") : nullptr;
    if (!flow) continue;
    out.push_back({.scheme = std::string(name),
                   .authorize_url = word_of(*flow, "authorizationUrl"),
                   .token_url = word_of(*flow, "tokenUrl"),
                   .refresh_url = word_of(*flow, "refreshUrl"),
                   .metadata_url = word_of(*scheme, "oauth2MetadataUrl")});
  }
  return out;
}

/// The one that config.json means: by its token address, else the first.
const Flow* chosen(const std::vector<Flow>& flows, const Auth& auth) {
  const auto same = std::ranges::find(flows, auth.token_url, &Flow::token_url);
  if (same != flows.end()) return &*same;
  return flows.empty() ? nullptr : &flows.front();
}

bool same_origin(std::string_view one, std::string_view other) {
  const auto a = net::http::Url::parse(one), b = net::http::Url::parse(other);
  return a && b && a->same_origin(*b);
}

/// Tokens and the client's secret are given for the token address: they go to no other origin, whoever names it.
bool may_renew_at(const Auth& auth, std::string_view url) { return same_origin(url, auth.token_url); }

/// No host is asked that is asked for nothing else.
bool may_describe(const Auth& auth, std::string_view url) {
  return same_origin(url, auth.token_url) || same_origin(url, auth.authorize_url);
}

void take_addresses(Auth& auth, const Flow& flow, const report::InFile& described) {
  const auto place = "/components/securitySchemes" + report::below("", flow.scheme);
  const auto take = [&](std::string& into, const std::string& from, std::string_view member) {
    if (!into.empty() || from.empty()) return;
    if (is_sign_in_address(from)) {
      into = from;
    } else {
      described.warn(place + "/flows/authorizationCode", std::string(member) + " is no https address",
                     "correct it, or say authorize_url and token_url in config.json");
    }
  };
  // Those of two different services would send the codes of one to the other.
  if (!auth.token_url.empty() && auth.token_url != flow.token_url) return;
  take(auth.authorize_url, flow.authorize_url, "authorizationUrl");
  take(auth.token_url, flow.token_url, "tokenUrl");
  const auto take_beside = [&](std::string& into, const std::string& from, bool fits, std::string_view member) {
    if (!into.empty() || from.empty()) return;
    if (is_sign_in_address(from) && fits) {
      into = from;
    } else {
      described.warn(place, std::string(member) + " is no https address at the host of tokenUrl, and is not used",
                     "correct it");
    }
  };
  take_beside(auth.refresh_url, flow.refresh_url, may_renew_at(auth, flow.refresh_url), "refreshUrl");
  take_beside(auth.metadata_url, flow.metadata_url, may_describe(auth, flow.metadata_url), "oauth2MetadataUrl");
}

/// Those that config.json says itself.
void check_addresses(const Auth& auth, const report::InFile& config) {
  if (auth.token_url.empty()) {
    config.error("/auth/token_url", "is missing: there the access token is renewed",
                 "say the service's https address, or have the document describe its authorization code flow");
    return;
  }
  if (!auth.refresh_url.empty() && !may_renew_at(auth, auth.refresh_url))
    config.error("/auth/refresh_url", "is of another host than token_url, which the secrets are for",
                 "leave it out, or correct it");
  if (!auth.metadata_url.empty() && !may_describe(auth, auth.metadata_url))
    config.error("/auth/metadata_url", "is of another host than token_url and authorize_url",
                 "leave it out and say client_auth, or correct it");
}

void add_scopes(Auth& auth, std::string_view scheme, const std::map<std::string, Offered, std::less<>>& operations) {
  for (const auto& [name, offered] : operations) {
    const auto found = offered.operation.scopes.find(scheme);
    if (found == offered.operation.scopes.end()) continue;
    for (const auto& each : found->second) {
      if (std::ranges::find(auth.scopes, each) == auth.scopes.end()) auth.scopes.push_back(each);
    }
  }
}

}  // namespace

bool is_sign_in_address(std::string_view url) {
  const auto parsed = net::http::Url::parse(url);
  return parsed && parsed->tls && url.starts_with("https://") && url.size() <= kMaxSettingBytes && !url.contains('#') &&
         std::ranges::all_of(
             url, [](char c) { return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f; });
}

void complete_sign_in(Auth& auth, const openapi::Document* document,
                      const std::map<std::string, Offered, std::less<>>& operations, const report::InFile& config,
                      const report::InFile& described) {
  if (auth.scheme != Scheme::oauth2) return;
  const auto flows = document ? flows_of(*document) : std::vector<Flow>();
  if (const auto* flow = chosen(flows, auth)) {
    take_addresses(auth, *flow, described);
    add_scopes(auth, flow->scheme, operations);
  }
  check_addresses(auth, config);
  std::size_t bytes = 0;
  for (const auto& each : auth.scopes) bytes += each.size() + 1;
  if (auth.scopes.size() > kMaxScopes || bytes > kMaxScopesBytes)
    config.error("/auth/scopes", "the operations need more than 100 scopes together, or more than 4096 bytes of them",
                 "offer fewer operations");
}

}  // namespace troupe::assistant::packs
