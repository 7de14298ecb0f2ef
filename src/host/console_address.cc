#include "host/console_address.h"

#include "host/address_here.h"
#include "host/this_machine.h"
#include "net/http/url.h"

namespace troupe::host {
namespace {

using net::http::Url;

constexpr std::size_t kMaxShown = 200;

/// The host that the listener was given by name; one that listens everywhere has none.
bool is_listeners(const Settings& settings, const Url& url) {
  const auto listener = Url::parse("http://" + settings.listen_platform);
  return listener && listener->host == url.host && url.host != "0.0.0.0" && url.host != "::";
}

Error not_own(std::string_view address) {
  return Error(Errc::conflict, "This server does not know " + std::string(address.substr(0, kMaxShown)) +
                                   " as its own address. Set console.public_url (TROUPE_CONSOLE_PUBLIC_URL) to where "
                                   "browsers reach the dashboard, for example https://troupe.example.org.")
      .with_status(400);
}

}  // namespace

std::optional<std::string> wrong_public_url(const std::string& text) {
  const auto url = Url::parse(text);
  const bool good = text.empty() || (url && url->target == "/" && !text.contains('#') && !text.contains('?'));
  if (good) return std::nullopt;
  return "must be the address of a server, without a path: https://troupe.example.org";
}

std::string configured_console(const Settings& settings) {
  const auto url = Url::parse(settings.of<ConsoleAddress>().public_url);
  return url ? url->origin() : std::string();
}

Result<std::string> own_console(const Settings& settings, std::string_view address) {
  const auto url = Url::parse(address);
  if (!url || url->target != "/" || address.contains('#')) return not_own(address);
  auto origin = url->origin();
  const auto configured = configured_console(settings);
  const bool own =
      configured.empty() ? is_this_machine(url->host) || is_listeners(settings, *url) : origin == configured;
  if (!own) return not_own(origin);
  return origin;
}

Result<std::string> console_address(const Settings& settings, const net::http::Request& request) {
  if (auto configured = configured_console(settings); !configured.empty()) return configured;
  const auto host = request.headers.get("Host");
  if (request.local || host.empty()) return address_here(settings, settings.listen_platform);
  return own_console(settings, (request.tls ? "https://" : "http://") + std::string(host));
}

}  // namespace troupe::host
