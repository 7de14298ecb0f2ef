// Where a service's calls may go: to its base URL, to the hosts of its list, nowhere else.
#pragma once
#include "assistant/calls/call.h"
#include "assistant/openapi/request.h"
#include "net/client/client.h"
#include "net/http/url.h"

namespace troupe::assistant::calls {

/// The address of a request: the base URL, its path and query. Errors: invalid_param (no base URL, or none that can be
/// called); forbidden (the host is not on the list).
Result<net::http::Url> destination(const Service& service, const openapi::Request& request);

/// Whether anything of this service may be sent there. Without TLS only to a base URL that has none.
bool may_reach(const Service& service, const net::http::Url& url);
/// The base URL of an administrator leads anywhere; all else not into private networks.
net::client::Trust trust_of(const Service& service, const net::http::Url& url);

/// Where a redirect leads, if it may be followed: the same host and port, or that host's https. Errors: forbidden.
Result<net::http::Url> redirected(const Service& service, const net::http::Url& from, std::string_view location);

}  // namespace troupe::assistant::calls
