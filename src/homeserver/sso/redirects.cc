#include "homeserver/sso/redirects.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "net/http/url.h"

namespace troupe::homeserver::sso {
namespace {

constexpr std::string_view kNeverSchemes[] = {"javascript", "data",       "vbscript", "file",
                                              "blob",       "filesystem", "about",    "view-source"};

/// In lower case; empty when it has none.
std::string scheme_of(std::string_view address) {
  const auto end = address.find(':');
  if (end == std::string_view::npos || end == 0) return {};
  auto scheme = base::ascii_lower(address.substr(0, end));
  const bool fits = scheme.front() >= 'a' && scheme.front() <= 'z' && std::ranges::all_of(scheme, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
                    });
  return fits ? scheme : std::string();
}

bool is_web(std::string_view scheme) { return scheme == "https" || scheme == "http"; }

std::string_view path_of(const net::http::Url& url) {
  const std::string_view target = url.target;
  return target.substr(0, target.find('?'));
}

/// Whether `path` is `folder` or lies below it, also for a browser, which takes "a/../b" and "a/%2e%2e/b" for "b".
bool is_below(std::string_view path, std::string_view folder) {
  const auto plain = base::ascii_lower(path);
  if (plain.contains("/..") || plain.contains("%2e") || plain.contains('\\')) return false;
  while (folder.ends_with('/')) folder.remove_suffix(1);
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool fits(std::string_view address, std::string_view trusted) {
  const auto scheme = scheme_of(address);
  if (scheme.empty() || scheme != scheme_of(trusted)) return false;
  if (!is_web(scheme)) return address.substr(scheme.size()).starts_with(trusted.substr(scheme.size()));
  const auto url = net::http::Url::parse(address);
  const auto base_url = net::http::Url::parse(trusted);
  return url && base_url && url->same_origin(*base_url) && is_below(path_of(*url), path_of(*base_url));
}

}  // namespace

Result<Unit> check_redirect(std::string_view address) {
  if (address.empty()) return Error(Errc::missing_param, "redirectUrl is missing.");
  const auto wrong = [] { return Error(Errc::invalid_param, "redirectUrl must be the address of a client."); };
  if (address.size() > kMaxRedirectBytes) return wrong();
  // A browser passes over some of these, so that what it opens would not be what was checked.
  if (std::ranges::any_of(address, [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '\\'; })) return wrong();
  const auto scheme = scheme_of(address);
  if (scheme.empty() || std::ranges::find(kNeverSchemes, scheme) != std::end(kNeverSchemes)) return wrong();
  if (is_web(scheme) && (!address.substr(scheme.size()).starts_with("://") || !net::http::Url::parse(address)))
    return wrong();
  return Unit{};
}

bool is_trusted(std::string_view address, const std::vector<std::string>& trusted) {
  return std::ranges::any_of(trusted, [address](const auto& entry) { return fits(address, entry); });
}

std::string shown_address(std::string_view address) {
  const auto scheme = scheme_of(address);
  if (!is_web(scheme)) return scheme + ":";
  const auto url = net::http::Url::parse(address);
  return url ? (url->tls ? url->authority() : url->origin()) : std::string(address);
}

std::string with_token(std::string_view address, std::string_view token) {
  const auto end = std::min(address.find('#'), address.size());
  const auto before = address.substr(0, end);
  const auto query = before.find('?');
  std::string_view glue = "?";
  if (query != std::string_view::npos) glue = query + 1 == before.size() || before.ends_with('&') ? "" : "&";
  return std::string(before) + std::string(glue) + "loginToken=" + base::percent_encode(token) +
         std::string(address.substr(end));
}

}  // namespace troupe::homeserver::sso
