#include "homeserver/common/public_address.h"

#include <algorithm>
#include <atomic>

#include "base/log.h"
#include "base/text.h"
#include "matrix/ids.h"
#include "net/http/address_rules.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kMostSaid = 255;

/// "[::1]:8008" → "::1", "Example.org:8008" → "example.org".
std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  return base::ascii_lower(authority.substr(0, authority.find(':')));
}

/// Whether a request may say that it reached this server under that name: it is one of the server's own, or leads
/// nowhere but to this machine and its own network. Any other name was chosen by whoever asks, and an answer that holds
/// it may be kept by a proxy and shown to others.
bool is_own(const host::Settings& settings, std::string_view authority) {
  if (!matrix::is_server_name(authority)) return false;
  const auto host = host_of(authority);
  if (const auto address = net::http::address_named_by(host)) return !net::http::is_public_address(*address);
  const auto own = host_of(settings.server_name);
  return host == own || host.ends_with("." + own) || host == host_of(settings.listen_matrix);
}

/// Where this machine itself reaches the listener.
std::string listening_address(const host::Settings& settings) {
  const auto& listen = settings.listen_matrix;
  const auto port = listen.substr(std::min(listen.rfind(':'), listen.size()));
  const auto host = host_of(listen);
  const bool everywhere = host.empty() || host == "*" || host == "0.0.0.0" || host == "::";
  return everywhere ? "127.0.0.1" + port : listen;
}

}  // namespace

std::string configured_address(const host::Settings& settings) {
  auto address = settings.public_base_url;
  while (address.ends_with('/')) address.pop_back();
  return address;
}

std::string public_address(const host::Settings& settings, const net::http::Request& request) {
  if (!settings.public_base_url.empty()) return configured_address(settings);
  const auto host = request.headers.get("Host");
  const std::string scheme = request.tls ? "https://" : "http://";
  if (is_own(settings, host)) return scheme + std::string(host);
  auto address = scheme + listening_address(settings);
  static std::atomic<bool> is_said = false;
  if (!is_said.exchange(true)) {
    base::log_warning("homeserver",
                      "A request came under a name that this server is not known by, and was told where it listens. If "
                      "people reach it by that name, set server.public_base_url. This is said once.",
                      {{"name", std::string(host.substr(0, kMostSaid))}, {"told", address}});
  }
  return address;
}

}  // namespace troupe::homeserver
