#include "bus/redis_address.h"

#include <charconv>

#include "base/encoding.h"

namespace troupe::bus {
namespace {

constexpr std::string_view kScheme = "redis://";
constexpr std::size_t kMaxUrlBytes = 2048;

template <class T>
bool parse_number(std::string_view text, T& out) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && failed == std::errc() && end == text.data() + text.size();
}

Error wrong(std::string_view what) {
  return Error(Errc::invalid_param, std::string(what) + "; write redis://[:password@]host[:port][/database]");
}

}  // namespace

Result<RedisAddress> RedisAddress::parse(std::string_view url) {
  if (url.starts_with("rediss://")) {
    return Error(Errc::invalid_param,
                 "rediss:// is not supported: reach a remote Redis through a tunnel (stunnel, WireGuard) and give its "
                 "near end as redis://");
  }
  if (!url.starts_with(kScheme) || url.size() > kMaxUrlBytes) return wrong("this is no redis:// URL");
  url.remove_prefix(kScheme.size());
  if (url.find_first_of("?# ") != url.npos) return wrong("options in the URL are not known");

  RedisAddress address;
  if (const auto at = url.rfind('@'); at != url.npos) {
    const auto who = url.substr(0, at);
    const auto colon = who.find(':');
    const auto user = base::percent_decode(who.substr(0, colon));
    const auto password =
        colon == who.npos ? std::optional(std::string()) : base::percent_decode(who.substr(colon + 1));
    if (!user || !password) return wrong("the user or the password holds a broken % escape");
    if (!user->empty() && password->empty()) return wrong("a user needs a password");
    address.user = *user;
    address.password = *password;
    url.remove_prefix(at + 1);
  }
  if (const auto slash = url.find('/'); slash != url.npos) {
    const auto database = url.substr(slash + 1);
    if (!database.empty() && (!parse_number(database, address.database) || address.database < 0)) {
      return wrong("the database is not a number");
    }
    url = url.substr(0, slash);
  }
  auto host = url;
  std::string_view port;
  if (url.starts_with('[')) {
    const auto end = url.find(']');
    if (end == url.npos) return wrong("the address has no ]");
    host = url.substr(1, end - 1);
    const auto rest = url.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return wrong("after the address comes a :port");
    port = rest.empty() ? rest : rest.substr(1);
    if (!rest.empty() && port.empty()) return wrong("the port is missing");
  } else if (const auto colon = url.find(':'); colon != url.npos) {
    host = url.substr(0, colon);
    port = url.substr(colon + 1);
    if (port.empty()) return wrong("the port is missing");
  }
  if (host.empty()) return wrong("the host is missing");
  if (!port.empty() && (!parse_number(port, address.port) || address.port == 0)) return wrong("the port is not one");
  address.host = host;
  return address;
}

std::string RedisAddress::name() const {
  return (host.contains(':') ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace troupe::bus
