#include "runtime/engine/host_address.h"

#include "net/http/url.h"

namespace troupe::runtime::engine {
namespace {

constexpr std::string_view kUnix = "unix://";
constexpr std::string_view kTcp = "tcp://";
constexpr std::size_t kMostSocketPath = 107;  // sockaddr_un

}  // namespace

Result<HostAddress> read_host(const std::string& text, bool tls) {
  if (text.starts_with(kUnix)) {
    auto path = text.substr(kUnix.size());
    if (!path.starts_with('/') || path.size() > kMostSocketPath || path.find('\0') != std::string::npos) {
      return Error(Errc::invalid_param, "must be unix:// and an absolute path of at most 107 bytes");
    }
    return HostAddress{.unix_socket = std::move(path), .url = "http://engine"};
  }
  const bool is_tcp = text.starts_with(kTcp);
  const auto given = is_tcp ? (tls ? "https://" : "http://") + text.substr(kTcp.size()) : text;
  const auto url = net::http::Url::parse(given);
  if (!url || url->target != "/") {
    return Error(Errc::invalid_param, "must be unix:///path, tcp://host:port, or http(s)://host:port");
  }
  if (tls && !url->tls) return Error(Errc::invalid_param, "must be tcp:// or https://, as there are certificates");
  return HostAddress{.unix_socket = {}, .url = url->origin()};
}

}  // namespace troupe::runtime::engine
