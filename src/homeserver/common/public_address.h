// Where clients reach the Matrix listener.
#pragma once
#include <string>

#include "host/settings.h"
#include "net/http/http.h"

namespace troupe::homeserver {

/// "https://matrix.example.org", without a slash at the end: as configured, else as this very request reached it.
std::string public_address(const host::Settings& settings, const net::http::Request& request);

/// The same only as configured, for what is sent to people: no request may say where a link leads. Empty: it is not
/// configured.
std::string configured_address(const host::Settings& settings);

}  // namespace troupe::homeserver
