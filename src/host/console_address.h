// Where browsers reach the platform listener: the dashboard and the API. What other sites send people back to, and
// links for other programs, begin with it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "host/settings.h"
#include "net/http/http.h"

namespace troupe::host {

struct ConsoleAddress {
  std::string public_url;  ///< console.public_url: "https://troupe.example.org"; empty: not said
};

/// What is wrong with a text that should be console.public_url, or nothing.
std::optional<std::string> wrong_public_url(const std::string& text);

/// console.public_url without a slash at its end; empty: not set.
std::string configured_console(const Settings& settings);

/// Whether `address` may be sent people back to: console.public_url; without it this machine by any of its own names
/// (localhost, a loopback address, the host that the platform listener is set to). Answers its origin. Error: conflict
/// of status 400, which names the setting.
Result<std::string> own_console(const Settings& settings, std::string_view address);

/// The address for somebody who asked by `request`: console.public_url, else where the request came in, by own_console.
/// Over the local socket and without a Host it is the listener's.
Result<std::string> console_address(const Settings& settings, const net::http::Request& request);

}  // namespace troupe::host
