#include "net/route/permission.h"

#include <algorithm>
#include <atomic>

#include "base/log.h"

namespace troupe::net::route {
namespace {

constexpr std::string_view kMetricsScope = "metrics";

bool is_loopback_address(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

/// "localhost", "127.0.0.1:8001", "[::1]": a page elsewhere whose name was made to point here sends its own.
bool names_this_machine(std::string_view host) {
  if (host.empty()) return true;  // no browser
  if (host.starts_with('[')) return host.starts_with("[::1]");
  host = host.substr(0, host.find(':'));
  const bool numbers = host.find_first_not_of("0123456789.") == host.npos;
  return http::equals_ignoring_case(host, "localhost") || (numbers && is_loopback_address(host));
}

/// A proxy has passed the request on.
bool is_forwarded(const http::Request& request) {
  return request.headers.has("X-Forwarded-For") || request.headers.has("Forwarded");
}

/// Somebody on this machine itself: not a proxy on it that speaks for the world, nor a browser that was lured here.
bool is_from_here(const http::Request& request) {
  if (request.local) return true;
  return is_loopback_address(request.remote_address) && !is_forwarded(request) &&
         names_this_machine(request.headers.get("Host"));
}

bool changes_state(std::string_view method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

/// "unlimited" is about rates, not about what a key may do.
bool is_unscoped(const Caller& caller) {
  return std::ranges::all_of(caller.scopes, [](const std::string& scope) { return scope == kUnlimitedScope; });
}

/// The host and port of an Origin equal the Host field.
bool origin_matches(const http::Request& request) {
  auto origin = request.headers.get("Origin");
  const auto scheme_end = origin.find("://");
  if (scheme_end == origin.npos) return false;  // "null" too
  return http::equals_ignoring_case(origin.substr(scheme_end + 3), request.headers.get("Host"));
}

/// Requests that rest on the cookie must come from our own pages.
bool is_same_origin(const http::Request& request) {
  const auto site = request.headers.get("Sec-Fetch-Site");
  if (!site.empty())
    return site == "same-origin" || site == "none" || (request.headers.has("Origin") && origin_matches(request));
  return !request.headers.has("Origin") || origin_matches(request);
}

bool may_read_metrics(const http::Request& request, const Caller& caller) {
  return is_from_here(request) || has_scope(caller, kMetricsScope) ||
         (caller.role == Role::admin && is_unscoped(caller));
}

}  // namespace

bool has_scope(const Caller& caller, std::string_view scope) {
  return std::ranges::find(caller.scopes, scope) != caller.scopes.end();
}

Result<Unit> check_permission(const Route& route, const http::Request& request, const std::optional<Caller>& caller) {
  if (!caller) {
    if (route.needs == Access::optional || route.needs == Access::if_any) return Unit{};
    if (route.needs == Access::metrics && is_from_here(request)) return Unit{};
    return Error(Errc::missing_token, "Sign in first, or send a credential.");
  }
  if (route.needs == Access::metrics && !may_read_metrics(request, *caller)) {
    return Error(Errc::forbidden, "This needs a key with the scope metrics.");
  }
  if (route.needs == Access::admin && caller->role != Role::admin) {
    return Error(Errc::forbidden, "Only an administrator may do this.");
  }
  if (route.needs == Access::operator_ && caller->role == Role::member) {
    return Error(Errc::forbidden, "Only an operator or an administrator may do this.");
  }
  if (!route.scope.empty() && !is_unscoped(*caller) && !has_scope(*caller, route.scope)) {
    return Error(Errc::forbidden, "The key does not have the scope " + route.scope + ".");
  }
  const bool guarded = changes_state(request.method) || route.websocket ||
                       request.headers.get("Accept").find("text/event-stream") != std::string_view::npos;
  if (caller->by_cookie && guarded && !is_same_origin(request)) {
    return Error(Errc::forbidden, "A request with the session cookie must come from this site's own pages.");
  }
  return Unit{};
}

/// A trusted proxy's word for the address has been taken: what still comes from here comes from one that nobody named.
void warn_of_unnamed_proxy(const http::Request& request) {
  static std::atomic<bool> told{false};
  if (request.local || !is_loopback_address(request.remote_address) || !is_forwarded(request)) return;
  if (told.exchange(true)) return;
  base::log_warning(
      "net",
      "Requests come through a proxy on this machine that network.trusted_proxies does not name: everybody "
      "counts as 127.0.0.1, with one share of the rate limits. Add 127.0.0.1 there if the proxy is yours.",
      {{"forwarded_for", request.headers.get("X-Forwarded-For").substr(0, 64)}});
}

}  // namespace troupe::net::route
