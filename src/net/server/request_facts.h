// What the server knows of a request besides its bytes: its id, and where it came from.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "net/http/address_rules.h"
#include "net/http/http.h"
#include "net/tls/stream.h"

namespace troupe::net::server {

/// 13 characters of base32: unique enough to find a request in the logs, short enough for a small string.
std::string make_request_id();

/// Whether an address belongs to one of the proxies whose word is believed.
bool is_trusted(const std::vector<http::AddressBlock>& proxies, std::string_view address);

/// Sets request_id, tls, remote_address and local. Where a trusted proxy has passed the request on, address and TLS are
/// what it says: the nearest address in X-Forwarded-For that is no trusted proxy, since what stands further left may be
/// invented.
void fill_request_facts(http::Request& request, const tls::Stream& stream,
                        const std::vector<http::AddressBlock>& trusted_proxies);

/// Takes away the header fields that nobody asks for once a handler runs (those of the body, and what browsers tell of
/// themselves and of the page), and the memory of former ones. Views of all fields end.
void forget_idle_fields(http::Headers& headers);

}  // namespace troupe::net::server
