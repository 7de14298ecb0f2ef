// Signing in at a provider of OpenID Connect: the browser goes to the homeserver, from there to the provider, and comes
// back with a token that is good once, in the browser that left.
#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "console/session/session_routes.h"
#include "console/session/session_shapes.h"
#include "host/console_address.h"
#include "net/http/url.h"

namespace troupe::console::session {
namespace {

using namespace api::words;

constexpr std::string_view kPlainCookie = "troupe_sign_in";
constexpr std::string_view kTlsCookie = "__Host-troupe_sign_in";
constexpr int kLifeS = 30 * 60;  ///< the homeserver lets go of it after 15 minutes at each step
constexpr std::size_t kMaxTokenBytes = 512;
constexpr std::size_t kMaxNextBytes = 512;
constexpr std::string_view kSignInPage = "/ui/sign-in";

std::string_view cookie_name(const Call& call) { return call.request.tls ? kTlsCookie : kPlainCookie; }

std::string cookie(const Call& call, std::string_view value, int life_s) {
  std::string text(cookie_name(call));
  text += '=';
  text += value;
  // Lax: the browser comes back from another site.
  text += "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(life_s);
  if (call.request.tls) text += "; Secure";
  return text;
}

/// What stands in addresses, from which nobody learns the cookie.
std::string state_of(const std::string& cookie) { return base::base64url(base::sha256("console sign-in " + cookie)); }

Response lead(std::string where) {
  auto response = Response::empty(303);
  response.headers.add("Location", std::move(where));
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Referrer-Policy", "no-referrer");  // the address may hold a token
  return response;
}

/// Back at the page of the console, which has a sentence for each of these words.
Response lead_back(std::string_view problem) {
  return lead(std::string(kSignInPage) + "?problem=" + std::string(problem));
}

std::string_view problem_of(const Error& error) {
  switch (error.code()) {
    case Errc::forbidden:
      return "refused";
    case Errc::unknown_token:
      return "locked";
    case Errc::not_found:
      return "provider";
    default:
      return "trouble";
  }
}

/// console.public_url, else the browser's address as it says it: what it is led back to is its own, and the homeserver
/// looks whether it may have a token (may_have_console_token).
Result<std::string> own_address(const SessionApi& console, const Call& call) {
  if (auto configured = host::configured_console(console.settings); !configured.empty()) return configured;
  const std::string scheme = call.request.tls ? "https://" : "http://";
  TRY(const auto here, net::http::Url::parse(scheme + std::string(call.request.headers.get("Host"))));
  return here.origin();
}

Task<Response> list_providers(SessionApi& console, Call&) {
  const auto* elsewhere = console.sign_in.elsewhere();
  co_return reply(
      api::whole_list(api::write_all(elsewhere ? elsewhere->providers() : std::vector<identity::ProviderName>())));
}

Task<Response> leave_for_provider(SessionApi& console, Call& call) {
  const auto* elsewhere = console.sign_in.elsewhere();
  if (!elsewhere) co_return lead_back("provider");
  CO_TRY(auto back, own_address(console, call));
  const auto made = base::random_token("");
  back += "/api/v1/session/arrival?state=" + state_of(made);
  if (const auto next = call.request.query_value("next"); next && next->size() <= kMaxNextBytes)
    back += "&next=" + base::percent_encode(*next);
  const auto there = elsewhere->departure(call.request, call.param("provider_id"), back);
  if (!there) co_return lead_back(problem_of(there.error()));
  auto response = lead(*there);
  response.headers.add("Set-Cookie", cookie(call, made, kLifeS));
  co_return response;
}

/// Somebody who is at another site has no such cookie: they cannot bring a browser in as somebody else.
bool left_from_this_browser(const Call& call) {
  const auto own = identity::cookie_of(call.request, cookie_name(call));
  const auto state = call.request.query_value("state").value_or("");
  return !own.empty() && base::constant_time_equal(state_of(own), state);
}

Task<Response> arrive(SessionApi& console, Call& call) {
  if (!left_from_this_browser(call)) co_return lead_back("late");
  std::string token(call.request.query_value("loginToken").value_or(""));
  if (token.empty() || token.size() > kMaxTokenBytes) co_return lead_back("late");
  auto proven = co_await console.sign_in.check_vouched(std::move(token));
  if (!proven) co_return lead_back(problem_of(proven.error()));
  const auto& account = proven->account();
  if (account.deactivated || account.locked) co_return lead_back("locked");
  if (account.kind == matrix::AccountKind::bot) co_return lead_back("refused");
  const auto entered = co_await console.sign_in.enter(call, *std::move(proven));
  if (!entered) co_return lead_back(problem_of(entered.error()));
  auto where = std::string(kSignInPage);
  if (const auto next = call.request.query_value("next"); next && next->size() <= kMaxNextBytes)
    where += "?next=" + base::percent_encode(*next);  // the page goes to pages of its own only
  auto response = lead(std::move(where));
  response.headers.add("Set-Cookie", entered->cookie);
  response.headers.add("Set-Cookie", cookie(call, "", 0));
  co_return response;
}

}  // namespace

void add_provider_routes(net::route::Router& routes, SessionApi& console) {
  const api::Group group(routes, {.prefix = "/api/v1/session",
                                  .needs = Access::open,
                                  .tag = {"session", "Signing in to the dashboard, and out."}});
  group.add({.method = "GET",
             .path = "/providers",
             .summary = "Who vouches for people, beside their passwords",
             .reply = TROUPE_REF("SignInProviders"),
             .run = api::bind(list_providers, console)});
  group.add({.method = "GET",
             .path = "/providers/{provider_id}",
             .summary = "For browsers: leads to the provider, and back into the dashboard",
             .rate = net::route::Rate::login,
             .query = {{"next", "A page of the dashboard to go on to"}},
             .status = 303,
             .run = api::bind(leave_for_provider, console)});
  group.add({.method = "GET",
             .path = "/arrival",
             .summary = "For browsers: where they come back to; sets the session cookie",
             .rate = net::route::Rate::login,
             .query = {{"state", "What the browser left with"},
                       {"loginToken", "What the homeserver gave it"},
                       {"next", "A page of the dashboard to go on to"}},
             .status = 303,
             .run = api::bind(arrive, console)});
}

}  // namespace troupe::console::session
