#include "host/this_machine.h"

#include "host/endpoint.h"

namespace troupe::host {

bool is_this_machine(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host == "localhost" || is_loopback(host);
}

}  // namespace troupe::host
