// An address to listen on, as it is written in the configuration.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::host {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// "127.0.0.1:8001", "localhost:8001" or "[::1]:8001". Error invalid_param, with the sentence for `config check`.
Result<Endpoint> parse_endpoint(std::string_view text);

/// Whether only this machine reaches the address; false for what is no address.
bool is_loopback(std::string_view host);

}  // namespace troupe::host
