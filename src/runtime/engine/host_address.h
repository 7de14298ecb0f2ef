// Where a container engine listens, as DOCKER_HOST says it.
#pragma once
#include <string>

#include "base/result.h"

namespace troupe::runtime::engine {

struct HostAddress {
  std::string unix_socket;  ///< a path; empty: `url` is a host
  std::string url;          ///< "http://engine", "https://host:2376": what paths are put behind
};

/// unix:///path, tcp://host:port, http(s)://host:port. `tls`: tcp:// means https. Error: invalid_param.
Result<HostAddress> read_host(const std::string& text, bool tls);

}  // namespace troupe::runtime::engine
