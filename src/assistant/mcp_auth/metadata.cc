#include "assistant/mcp_auth/metadata.h"

#include <algorithm>

#include "assistant/openapi/names.h"
#include "assistant/packs/sign_in.h"
#include "assistant/report/findings.h"

namespace troupe::assistant::mcp_auth {
namespace {

constexpr std::string_view kResource = "/.well-known/oauth-protected-resource";
constexpr std::string_view kServer = "/.well-known/oauth-authorization-server";
constexpr std::string_view kOpenId = "/.well-known/openid-configuration";
constexpr std::string_view kOffline = "offline_access";

/// Without the query, and without a slash at its end: "" is the root.
std::string path_of(const Url& url) {
  auto path = url.target.substr(0, url.target.find('?'));
  while (path.ends_with('/')) path.pop_back();
  return path;
}

std::string word_of(const JsonObject& object, std::string_view name) {
  return std::string(matrix::find_string(object, name).value_or(""));
}

std::vector<std::string> words_of(const JsonObject& object, std::string_view name, std::size_t most) {
  std::vector<std::string> out;
  const auto* list = matrix::find_array(object, name);
  for (std::size_t i = 0; list && i < list->size() && out.size() < most; ++i) {
    if ((*list)[i].is_string()) out.emplace_back(matrix::view((*list)[i].get_string()));
  }
  return out;
}

/// Whether a list names it; a list that is not there names everything.
bool names(const JsonObject& object, std::string_view list, std::string_view word) {
  const auto* found = matrix::find_array(object, list);
  return !found || std::ranges::any_of(*found, [word](const auto& each) {
    return each.is_string() && matrix::view(each.get_string()) == word;
  });
}

/// The same address in its one form: "https://id.example" and "https://id.example/" are one (RFC 3986 section 6.2.3).
std::string normal(std::string_view address) {
  const auto url = Url::parse(address);
  return url && url->target == "/" ? url->origin() : std::string(address);
}

void keep_scopes(std::vector<std::string>& scopes) {
  std::erase_if(scopes, [](const auto& each) { return !openapi::is_scope(each); });
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    bytes += scopes[i].size() + 1;
    if (i >= packs::kMaxScopes || bytes > packs::kMaxScopesBytes) return scopes.resize(i);
  }
}

Error lacks(std::string what) { return Error(Errc::invalid_param, std::move(what)); }

/// One of its addresses. Error: as read_issuer().
Result<std::string> address_of(const JsonObject& object, std::string_view name, const Allowed& allowed) {
  auto address = word_of(object, name);
  if (!packs::is_sign_in_address(address)) return lacks("its " + std::string(name) + " is no https address");
  const auto url = Url::parse(address);
  if (!url || !allowed(*url))
    return Error(Errc::forbidden, "its " + std::string(name) + " is at " + (url ? url->origin() : "no address") +
                                      ", which the pack does not allow. If you trust it, add \"" +
                                      (url ? url->authority() : "") + "\" to egress in the pack's config.json");
  return address;
}

}  // namespace

std::vector<std::string> resource_addresses(const Url& server) {
  const auto path = path_of(server), root = server.origin() + std::string(kResource);
  if (path.empty()) return {root};
  return {root + path, root};
}

std::vector<std::string> issuer_addresses(const Url& issuer) {
  const auto path = path_of(issuer), origin = issuer.origin();
  if (path.empty()) return {origin + std::string(kServer), origin + std::string(kOpenId)};
  return {origin + std::string(kServer) + path, origin + std::string(kOpenId) + path,
          origin + path + std::string(kOpenId)};
}

Result<Resource> read_resource(const JsonObject& object, const Url& server) {
  Resource out{.name = word_of(object, "resource"),
               .servers = words_of(object, "authorization_servers", kMaxServers),
               .scopes = words_of(object, "scopes_supported", packs::kMaxScopes + 1)};
  const auto named = Url::parse(out.name);
  const auto path = named ? path_of(*named) : std::string(), called = path_of(server);
  const bool covers = named && named->same_origin(server) && !out.name.contains('#') && out.name.size() <= 2'048 &&
                      called.starts_with(path) && (called.size() == path.size() || called[path.size()] == '/');
  if (!covers)
    return Error(Errc::forbidden, "its description is of another server (" + report::quoted(out.name.substr(0, 200)) +
                                      "), so nobody is sent to sign in there");
  if (out.servers.empty()) return lacks("its description names no authorization server");
  if (!names(object, "bearer_methods_supported", "header"))
    return lacks("it takes no token in a header, which is the only place where one is sent");
  keep_scopes(out.scopes);
  return out;
}

Result<packs::FoundSignIn> read_issuer(const JsonObject& object, const std::string& issuer, const Allowed& allowed) {
  packs::FoundSignIn out;
  out.issuer = word_of(object, "issuer");
  // Word for word, or one server could speak for another (RFC 8414 section 3.3).
  if (out.issuer.empty() || normal(out.issuer) != normal(issuer))
    return Error(Errc::forbidden, "it says that it is " + report::quoted(out.issuer.substr(0, 200)) +
                                      ", which is another one than was asked");
  TRY(out.authorize_url, address_of(object, "authorization_endpoint", allowed));
  TRY(out.token_url, address_of(object, "token_endpoint", allowed));
  if (object.contains("registration_endpoint")) {
    TRY(out.registration_url, address_of(object, "registration_endpoint", allowed));
  }
  if (!names(object, "response_types_supported", "code") ||
      !names(object, "grant_types_supported", "authorization_code"))
    return lacks("it gives no authorization codes");
  if (!matrix::find_array(object, "code_challenge_methods_supported") ||
      !names(object, "code_challenge_methods_supported", "S256"))
    return lacks("it does not protect authorization codes (PKCE with S256), as the protocol demands");
  out.answers_with_issuer = matrix::find_bool(object, "authorization_response_iss_parameter_supported").value_or(false);
  constexpr std::string_view kMethods = "token_endpoint_auth_methods_supported";
  // Without a list a client uses HTTP Basic (RFC 8414 section 2).
  out.client_auth = names(object, kMethods, "client_secret_basic") ? packs::ClientAuth::basic : packs::ClientAuth::post;
  out.public_clients = matrix::find_array(object, kMethods) && names(object, kMethods, "none");
  // Without it OpenID's servers give no token that renews others.
  if (matrix::find_array(object, "scopes_supported") && names(object, "scopes_supported", kOffline))
    out.scopes.emplace_back(kOffline);
  return out;
}

std::vector<std::string> scopes_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty() && out.size() <= packs::kMaxScopes) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0 && std::ranges::find(out, text.substr(0, end)) == out.end()) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  keep_scopes(out);
  return out;
}

}  // namespace troupe::assistant::mcp_auth
