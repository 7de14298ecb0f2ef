// Where this program is for what runs on the same machine.
#pragma once
#include <string>

#include "host/settings.h"

namespace troupe::host {

/// "http://127.0.0.1:8008" of a listener's "0.0.0.0:8008"; https where the listeners speak TLS.
std::string address_here(const Settings& settings, std::string endpoint);

}  // namespace troupe::host
