#include "assistant/calls/egress.h"

#include <algorithm>

namespace troupe::assistant::calls {
namespace {

using net::http::Url;

/// "host" is that host's https, "host:port" that port of it.
bool names(const std::string& entry, const Url& url) {
  const auto parsed = Url::parse("https://" + entry + "/");
  return parsed && url.tls && parsed->host == url.host && parsed->port == url.port;
}

/// Each call asks several times. Until the next call of this function on this thread.
const Result<Url>& base_of(const Service& service) {
  thread_local std::string text;
  thread_local Result<Url> parsed = Url::parse("");
  if (text != service.base_url) {
    parsed = Url::parse(service.base_url);
    text = service.base_url;
  }
  return parsed;
}

}  // namespace

bool may_reach(const Service& service, const Url& url) {
  const auto& base = base_of(service);
  if (base && base->same_origin(url)) return true;
  return std::ranges::any_of(service.pack->egress, [&](const auto& entry) { return names(entry, url); });
}

net::client::Trust trust_of(const Service& service, const Url& url) {
  const auto& base = base_of(service);
  const bool own = service.base_is_configured && base && base->same_origin(url);
  return own ? net::client::Trust::configured : net::client::Trust::untrusted;
}

Result<Url> destination(const Service& service, const openapi::Request& request) {
  const auto& base = base_of(service);
  if (!base) return Error(Errc::invalid_param, "nothing says where " + service.pack->config.service + " is");
  auto whole = service.base_url;
  while (whole.ends_with('/')) whole.pop_back();
  whole += request.path;
  if (!request.query.empty()) whole += (request.path.contains('?') ? "&" : "?") + request.query;
  TRY(auto url, Url::parse(whole));
  if (!base->same_origin(url)) return Error(Errc::forbidden, "the call would leave " + base->origin());
  return url;
}

Result<Url> redirected(const Service& service, const Url& from, std::string_view location) {
  auto to = from.resolve(location);
  if (!to) return Error(Errc::forbidden, from.origin() + " sends the call to where nothing can be");
  const bool same = from.same_origin(*to) || (!from.tls && to->tls && to->host == from.host && to->port == 443);
  if (!same || (!may_reach(service, *to) && !from.same_origin(*to)))
    return Error(Errc::forbidden, from.origin() + " sends the call to " + to->origin() + ", which is not followed");
  return *std::move(to);
}

}  // namespace troupe::assistant::calls
