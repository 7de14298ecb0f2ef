#include "homeserver/sso/console_sign_in.h"

#include "base/encoding.h"
#include "homeserver/common/public_address.h"
#include "homeserver/common/settings.h"
#include "homeserver/sso/redirects.h"
#include "net/http/url.h"

namespace troupe::homeserver::sso {
namespace {

/// Where the browser that asks the console reaches the Matrix listener.
std::string matrix_address(const host::Settings& settings, const net::http::Request& asked) {
  if (auto configured = configured_address(settings); !configured.empty()) return configured;
  const std::string scheme = asked.tls ? "https://" : "http://";
  auto here = net::http::Url::parse(scheme + std::string(asked.headers.get("Host")));
  const auto listener = net::http::Url::parse(scheme + settings.listen_matrix);
  if (!here || !listener) return scheme + settings.listen_matrix;
  here->port = listener->port;
  return here->origin();
}

}  // namespace

bool may_have_console_token(std::string_view address, std::string_view own, const host::Settings& settings) {
  const auto there = net::http::Url::parse(address);
  if (!there || !std::string_view(there->target).substr(0, there->target.find('?')).ends_with(kConsoleArrival))
    return false;
  if (is_trusted(address, settings.of<SsoSettings>().trusted_redirects)) return true;
  const auto here = net::http::Url::parse(own);
  if (!here || there->host != here->host || (here->tls && !there->tls)) return false;
  const auto platform = net::http::Url::parse("http://" + settings.listen_platform);
  constexpr std::uint16_t kHttps = 443;
  constexpr std::uint16_t kHttp = 80;
  return there->port == here->port || there->port == (there->tls ? kHttps : kHttp) ||
         (platform && there->port == platform->port);
}

std::vector<identity::ProviderName> ConsoleSignIn::providers() const {
  std::vector<identity::ProviderName> names;
  for (const auto& provider : providers_.all())
    names.push_back({.id = provider->settings().id, .name = provider->settings().name});
  return names;
}

Result<std::string> ConsoleSignIn::departure(const net::http::Request& asked, std::string_view provider,
                                             std::string_view back) const {
  const auto* found = providers_.find(provider);
  if (!found) return Error(Errc::not_found, "There is no such sign-in provider.");
  return matrix_address(settings_, asked) + std::string(kConsolePath) + "/" +
         base::percent_encode(found->settings().id) + "?redirectUrl=" + base::percent_encode(back);
}

Task<identity::Vouched> ConsoleSignIn::redeem(std::string token) {
  CO_TRY(auto redeemed, co_await tokens_.redeem(std::move(token), accounts::TakenBy::console));
  identity::Vouched vouched{.user_id = redeemed.user_id,
                            .origin = {.provider = redeemed.origin.provider,
                                       .subject = redeemed.origin.external_id,
                                       .sid = redeemed.origin.sid},
                            .use = {}};
  vouched.use = [redeemed = std::move(redeemed)](store::Tx& tx) {
    return accounts::LoginTokens::use_without_device(tx, redeemed);
  };
  co_return vouched;
}

}  // namespace troupe::homeserver::sso
