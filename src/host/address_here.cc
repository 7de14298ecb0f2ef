#include "host/address_here.h"

namespace troupe::host {

std::string address_here(const Settings& settings, std::string endpoint) {
  for (std::string_view everywhere : {"0.0.0.0:", "[::]:"}) {
    if (endpoint.starts_with(everywhere)) endpoint.replace(0, everywhere.size(), "127.0.0.1:");
  }
  return (settings.tls_certificate.empty() ? "http://" : "https://") + endpoint;
}

}  // namespace troupe::host
