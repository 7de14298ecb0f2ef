// Where clients reach the Matrix listener.
#pragma once
#include <string>

#include "host/settings.h"
#include "net/http/http.h"

namespace troupe::homeserver {

/// "https://matrix.example.org", without a slash at the end: as configured, else as this very request reached it.
std::string public_address(const host::Settings& settings, const net::http::Request& request);

}  // namespace troupe::homeserver
