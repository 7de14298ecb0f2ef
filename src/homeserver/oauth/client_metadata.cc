#include "homeserver/oauth/client_metadata.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "net/http/url.h"

namespace troupe::api {

using homeserver::oauth::ClientMetadata;
using homeserver::oauth::Registered;

namespace {

constexpr std::int64_t kMaxClientUri = 1024;
constexpr std::int64_t kMaxClientUris = 16;
constexpr std::int64_t kMaxClientName = 120;
constexpr std::int64_t kMaxClientWord = 100;

}  // namespace

Shape<ClientMetadata> make_shape(Of<ClientMetadata>) {
  return Shape<ClientMetadata>::matrix_request(
      {member<&ClientMetadata::client_uri>("client_uri", {.most = kMaxClientUri}),
       member<&ClientMetadata::client_name>("client_name", {.most = kMaxClientName, .may_lack = true}),
       member<&ClientMetadata::application_type>("application_type", {.most = kMaxClientWord, .may_lack = true}),
       member<&ClientMetadata::token_endpoint_auth_method>("token_endpoint_auth_method",
                                                           {.most = kMaxClientWord, .may_lack = true}),
       member<&ClientMetadata::redirect_uris>("redirect_uris",
                                              {.most = kMaxClientUris, .each_most = kMaxClientUri, .may_lack = true}),
       member<&ClientMetadata::grant_types>("grant_types",
                                            {.most = kMaxClientUris, .each_most = kMaxClientWord, .may_lack = true}),
       member<&ClientMetadata::response_types>("response_types",
                                               {.most = kMaxClientUris, .each_most = kMaxClientWord, .may_lack = true}),
       member<&ClientMetadata::logo_uri>("logo_uri", {.most = kMaxClientUri, .may_lack = true}),
       member<&ClientMetadata::policy_uri>("policy_uri", {.most = kMaxClientUri, .may_lack = true}),
       member<&ClientMetadata::tos_uri>("tos_uri", {.most = kMaxClientUri, .may_lack = true})});
}

Shape<Registered> make_shape(Of<Registered>) {
  return Shape<Registered>::part(
      {member<&Registered::client_id>("client_id"), member<&Registered::client_id_issued_at>("client_id_issued_at"),
       member<&Registered::metadata, &ClientMetadata::client_uri>("client_uri"),
       member<&Registered::metadata, &ClientMetadata::client_name>("client_name", {.may_lack = true}),
       member<&Registered::metadata, &ClientMetadata::application_type>("application_type", {.may_lack = true}),
       member<&Registered::metadata, &ClientMetadata::token_endpoint_auth_method>("token_endpoint_auth_method"),
       member<&Registered::metadata, &ClientMetadata::redirect_uris>("redirect_uris"),
       member<&Registered::metadata, &ClientMetadata::grant_types>("grant_types"),
       member<&Registered::metadata, &ClientMetadata::response_types>("response_types"),
       member<&Registered::metadata, &ClientMetadata::logo_uri>("logo_uri", {.may_lack = true}),
       member<&Registered::metadata, &ClientMetadata::policy_uri>("policy_uri", {.may_lack = true}),
       member<&Registered::metadata, &ClientMetadata::tos_uri>("tos_uri", {.may_lack = true})});
}

}  // namespace troupe::api

namespace troupe::homeserver::oauth {
namespace {

using net::http::Url;

constexpr std::array kGrants{kCodeGrant, kRefreshGrant, kLinkGrant};
constexpr std::string_view kLoopbacks[] = {"localhost", "127.0.0.1", "[::1]"};

Error wrong_metadata(std::string message) {
  return Error(Errc::invalid_param, std::move(message)).with_wire_code("invalid_client_metadata");
}
Error wrong_redirect(std::string_view uri, std::string_view why) {
  return Error(Errc::invalid_param, "The redirect URI " + std::string(uri.substr(0, 100)) + " " + std::string(why))
      .with_wire_code("invalid_redirect_uri");
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '\\'; });
}

/// An https URL as it stands there, with nothing that a person could take for another host.
std::optional<Url> https_url(std::string_view text) {
  if (!text.starts_with("https://") || !is_plain(text) || text.contains('#')) return std::nullopt;
  auto url = Url::parse(text);
  if (!url || !url->tls || url->host.empty()) return std::nullopt;
  return *std::move(url);
}

bool is_host_or_below(std::string_view host, std::string_view base) {
  return host == base ||
         (host.size() > base.size() && host.ends_with(base) && host[host.size() - base.size() - 1] == '.');
}

/// "http://127.0.0.1:4711/done" as "http://127.0.0.1/done"; nothing when it does not lead to this machine itself.
std::optional<std::string> without_loopback_port(std::string_view uri) {
  constexpr std::string_view kScheme = "http://";
  if (!uri.starts_with(kScheme) || !is_plain(uri) || uri.contains('#')) return std::nullopt;
  const auto rest = uri.substr(kScheme.size());
  for (const auto host : kLoopbacks) {
    if (!rest.starts_with(host)) continue;
    auto after = rest.substr(host.size());
    if (after.starts_with(':')) {
      const auto end = std::min(after.find_first_not_of("0123456789", 1), after.size());
      std::uint16_t port = 0;
      // No number above 65535 fits into it.
      if (end > 6 || std::from_chars(after.data() + 1, after.data() + end, port).ec != std::errc() || port == 0)
        return std::nullopt;
      after.remove_prefix(end);
    }
    if (!after.empty() && after.front() != '/' && after.front() != '?') return std::nullopt;
    return std::string(kScheme) + std::string(host) + std::string(after);
  }
  return std::nullopt;
}

/// The scheme of "org.example.app:/done", lower case; empty where the rest is not a path of the app's own.
std::string private_scheme(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == uri.npos || !is_plain(uri) || uri.contains('#')) return {};
  const auto scheme = uri.substr(0, colon);
  const bool fits = std::ranges::all_of(scheme, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+';
  });
  const auto rest = uri.substr(colon + 1);
  // No host: what stands behind two slashes is one (RFC 8252 section 7.1).
  if (!fits || !scheme.contains('.') || scheme.front() < 'a' || !rest.starts_with('/') || rest.starts_with("//"))
    return {};
  return std::string(scheme);
}

/// "org.example" of "example.org".
std::string reversed(std::string_view host) {
  std::string name;
  while (!host.empty()) {
    const auto dot = host.rfind('.');
    const auto label = dot == host.npos ? host : host.substr(dot + 1);
    name += (name.empty() ? "" : ".") + std::string(label);
    host = dot == host.npos ? std::string_view() : host.substr(0, dot);
  }
  return name;
}

Result<Unit> check_redirect(const ClientMetadata& said, const Url& home, std::string_view uri) {
  const bool native = said.application_type != "web";
  if (uri.starts_with("https:")) {
    const auto url = https_url(uri);
    if (!url) return wrong_redirect(uri, "is not a plain https address without a fragment.");
    if (!is_host_or_below(url->host, home.host))
      return wrong_redirect(uri, "leads to another host than that of client_uri.");
    return Unit{};
  }
  if (uri.starts_with("http:")) {
    if (native && without_loopback_port(uri)) return Unit{};
    return wrong_redirect(uri, "is not https; only a native client may have http, for this machine itself.");
  }
  const auto scheme = private_scheme(uri);
  const auto own = reversed(home.host);
  if (!native || scheme.empty())
    return wrong_redirect(uri, "is neither https nor a private scheme of a native client.");
  if (scheme != own && !scheme.starts_with(own + "."))
    return wrong_redirect(uri, "has a scheme that does not begin with the host of client_uri, reversed.");
  return Unit{};
}

Result<Unit> check_beside(const Url& home, std::string_view uri, std::string_view name) {
  if (uri.empty()) return Unit{};
  const auto url = https_url(uri);
  if (url && is_host_or_below(url->host, home.host)) return Unit{};
  return wrong_metadata(std::string(name) + " must be an https address on the host of client_uri.");
}

}  // namespace

bool Client::may(std::string_view grant_type) const {
  return std::ranges::find(metadata.grant_types, grant_type) != metadata.grant_types.end();
}

std::string Client::shown_name() const {
  if (!metadata.client_name.empty()) return metadata.client_name;
  const auto url = Url::parse(metadata.client_uri);
  return url ? url->host : metadata.client_uri;
}

Result<ClientMetadata> check_metadata(ClientMetadata said) {
  const auto home = https_url(said.client_uri);
  if (!home) return wrong_metadata("client_uri must be a plain https address.");
  if (std::ranges::any_of(said.client_name, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }))
    return wrong_metadata("client_name may not hold control characters.");
  if (said.token_endpoint_auth_method != "none")
    return wrong_metadata("token_endpoint_auth_method must be none: clients here have no secret.");
  if (!said.application_type.empty() && said.application_type != "web" && said.application_type != "native")
    return wrong_metadata("application_type must be web or native.");
  TRY(check_beside(*home, said.logo_uri, "logo_uri"));
  TRY(check_beside(*home, said.policy_uri, "policy_uri"));
  TRY(check_beside(*home, said.tos_uri, "tos_uri"));
  if (said.grant_types.empty()) said.grant_types.emplace_back(kCodeGrant);
  std::ranges::sort(said.grant_types);
  const auto doubles = std::ranges::unique(said.grant_types);
  said.grant_types.erase(doubles.begin(), doubles.end());
  std::erase_if(said.grant_types, [](const auto& type) { return std::ranges::find(kGrants, type) == kGrants.end(); });
  const bool by_code = std::ranges::find(said.grant_types, kCodeGrant) != said.grant_types.end();
  if (!by_code && std::ranges::find(said.grant_types, kLinkGrant) == said.grant_types.end())
    return wrong_metadata("grant_types holds none that begins a session here.");
  if (by_code && !said.response_types.empty() &&
      std::ranges::find(said.response_types, "code") == said.response_types.end())
    return wrong_metadata("response_types must hold code.");
  said.response_types.clear();
  if (by_code) said.response_types.emplace_back("code");
  if (by_code && said.redirect_uris.empty())
    return Error(Errc::invalid_param, "redirect_uris is missing.").with_wire_code("invalid_redirect_uri");
  for (const auto& uri : said.redirect_uris) {
    TRY(check_redirect(said, *home, uri));
  }
  return said;
}

bool is_registered(const ClientMetadata& metadata, std::string_view redirect_uri) {
  const auto& known = metadata.redirect_uris;
  if (std::ranges::find(known, redirect_uri) != known.end()) return true;
  const auto here = without_loopback_port(redirect_uri);
  return here && std::ranges::any_of(known, [&here](const auto& uri) { return without_loopback_port(uri) == here; });
}

std::string shown_target(std::string_view redirect_uri) {
  if (without_loopback_port(redirect_uri)) {
    const auto url = Url::parse(redirect_uri);
    return "this device" + (url ? " (" + url->authority() + ")" : std::string());
  }
  if (const auto url = https_url(redirect_uri)) return url->authority();
  return "the app " + private_scheme(redirect_uri);
}

std::string stored(const ClientMetadata& metadata) { return matrix::canonical_json(api::write(metadata)); }

ClientMetadata from_stored(std::string_view json) {
  const auto parsed = matrix::parse_json(json);
  if (!parsed) return {};
  return api::shape_of<ClientMetadata>().read(*parsed).value_or(ClientMetadata{});
}

}  // namespace troupe::homeserver::oauth
