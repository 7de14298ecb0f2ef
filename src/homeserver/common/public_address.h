// Where clients reach the Matrix listener.
#pragma once
#include <string>

#include "host/settings.h"
#include "net/http/http.h"

namespace troupe::homeserver {

/// "https://matrix.example.org", without a slash at the end: as configured. Else as this very request reached it, if
/// that is a name of the server's own or an address that is not public; and if it is neither, where it listens.
std::string public_address(const host::Settings& settings, const net::http::Request& request);

/// The same only as configured, for what is sent to people: no request may say where a link leads. Empty: it is not
/// configured.
std::string configured_address(const host::Settings& settings);

}  // namespace troupe::homeserver
