#include "homeserver/common/public_address.h"

#include "matrix/ids.h"

namespace troupe::homeserver {

std::string configured_address(const host::Settings& settings) {
  auto address = settings.public_base_url;
  while (address.ends_with('/')) address.pop_back();
  return address;
}

std::string public_address(const host::Settings& settings, const net::http::Request& request) {
  if (!settings.public_base_url.empty()) return configured_address(settings);
  const auto host = request.headers.get("Host");
  const std::string scheme = request.tls ? "https://" : "http://";
  return scheme + (matrix::is_server_name(host) ? std::string(host) : settings.listen_matrix);
}

}  // namespace troupe::homeserver
