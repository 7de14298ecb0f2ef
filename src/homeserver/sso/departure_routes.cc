// Leaving for a provider: from a client, from the page that shows which there are, and from the pages of OAuth.
#include "homeserver/common/client_route.h"
#include "homeserver/common/public_address.h"
#include "homeserver/oauth/page.h"
#include "homeserver/sso/console_sign_in.h"
#include "homeserver/sso/redirects.h"
#include "homeserver/sso/sso_routes.h"

namespace troupe::homeserver::sso {
namespace {

using net::http::Response;
using oauth::text;

constexpr std::string_view kRedirectPath = "/_matrix/client/v3/login/sso/redirect";
constexpr std::size_t kMaxPageBytes = 8192;
/// Pages of OAuth from which somebody may go elsewhere.
constexpr std::string_view kPages[] = {"authorize", "link", "account"};

Error no_single_sign_on() { return Error(Errc::unrecognized, "This server has no single sign-on."); }
Error no_such_provider() { return Error(Errc::not_found, "There is no such provider of single sign-on here."); }

/// The client's address, checked.
Result<std::string> redirect_of(const net::route::Call& call) {
  std::string address(call.request.query_value("redirectUrl").value_or(""));
  TRY(check_redirect(address));
  return address;
}

/// GET /login/sso/redirect (#get_matrixclientv3loginssoredirect).
Task<Response> get_redirect(SsoApi& api, net::route::Call& call) {
  const auto& providers = api.sign_ins.providers().all();
  if (providers.empty()) co_return no_single_sign_on();
  CO_TRY(auto address, redirect_of(call));
  if (providers.size() == 1)
    co_return co_await depart(api, call, *providers.front(), Purpose::login, std::move(address));
  CO_TRY(const auto visit, co_await api.visits.of(call.request));
  co_return oauth::lead(oauth::page_with(kPickPath, {{"redirectUrl", std::move(address)}}), visit, 302);
}

/// GET /login/sso/redirect/{idpId} (#get_matrixclientv3loginssoredirectidpid).
Task<Response> get_redirect_to(SsoApi& api, net::route::Call& call) {
  auto* provider = api.sign_ins.providers().find(call.param("idpId"));
  if (!provider) co_return no_such_provider();
  CO_TRY(auto address, redirect_of(call));
  co_return co_await depart(api, call, *provider, Purpose::login, std::move(address));
}

/// From the console (src/console/session), which stands at another address: only it may have the token.
Task<Response> get_console(SsoApi& api, net::route::Call& call) {
  auto* provider = api.sign_ins.providers().find(call.param("idpId"));
  if (!provider) co_return no_such_provider();
  CO_TRY(auto address, redirect_of(call));
  if (!may_have_console_token(address, public_address(api.settings, call.request), api.settings)) {
    co_return Error(Errc::forbidden,
                    "The console is at an address that is not this server's: add it to sso.trusted_redirects.");
  }
  co_return co_await depart(api, call, *provider, Purpose::console, std::move(address));
}

/// The page on which somebody picks a provider. With one picked it leads on, as Synapse's does.
Task<Response> get_pick(SsoApi& api, net::route::Call& call) {
  const auto& providers = api.sign_ins.providers();
  if (providers.all().empty()) co_return no_single_sign_on();
  CO_TRY(auto address, redirect_of(call));
  if (const auto picked = call.request.query_value("idp")) {
    auto* provider = providers.find(*picked);
    if (!provider) co_return no_such_provider();
    co_return co_await depart(api, call, *provider, Purpose::login, std::move(address));
  }
  CO_TRY(const auto visit, co_await api.visits.of(call.request));
  std::string list = "<p>You are then sent to <strong>" + text(shown_address(address)) + "</strong>.</p>";
  for (const auto& provider : providers.all()) {
    const auto& known = provider->settings();
    const auto there = oauth::page_with(std::string(kRedirectPath) + "/" + known.id, {{"redirectUrl", address}});
    list += "<p><a href=\"" + text(there) + "\">Sign in with " + oauth::name(known.name) + "</a></p>";
  }
  co_return oauth::show({.title = "Sign in", .body = list, .leads_to = {}}, visit);
}

/// Whether it is one of our pages, and nothing but: who comes back is led there.
bool is_page(std::string_view page) {
  const auto plain = std::ranges::all_of(page, [](unsigned char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  return plain && page.size() <= kMaxPageBytes &&
         std::ranges::find(kPages, page.substr(0, page.find('?'))) != std::end(kPages);
}

Task<Response> get_elsewhere(SsoApi& api, net::route::Call& call) {
  const std::string page(call.request.query_value("to").value_or(""));
  auto* provider = api.sign_ins.providers().find(call.request.query_value("idp").value_or(""));
  if (!provider || !is_page(page)) co_return no_such_provider();
  co_return co_await depart(api, call, *provider, Purpose::pages, page);
}

std::string link_back(std::string_view where, std::string_view what) {
  return "<p><a href=\"" + text(where) + "\">" + text(what) + "</a></p>";
}

}  // namespace

std::string way_back(Purpose purpose, std::string_view target) {
  if (purpose == Purpose::pages)
    return link_back(std::string(kOauthPages) + std::string(target), "Back to the page before");
  const auto at = target.find(kConsoleArrival);
  if (purpose != Purpose::console || at == target.npos) return {};
  auto where = std::string(target.substr(0, at)) + std::string(kConsoleSignIn);
  constexpr std::string_view kNext = "&next=";
  if (const auto next = target.find(kNext); next != target.npos) {  // the page that was wanted first
    const auto page = target.substr(next + kNext.size());
    where += "?next=" + std::string(page.substr(0, page.find('&')));
  }
  return link_back(where, "Back to the sign-in");
}

Task<Response> depart(SsoApi& api, net::route::Call& call, identity::oidc::Provider& provider, Purpose purpose,
                      std::string target) {
  CO_TRY(auto visit, co_await api.visits.of(call.request));
  Browser browser{.cookie = visit.cookie,
                  .redirect_uri = public_address(api.settings, call.request) + std::string(kCallbackPath),
                  .address = call.request.remote_address};
  const auto back = way_back(purpose, target);
  const auto there = co_await api.sign_ins.begin(provider, purpose, std::move(target), std::move(browser));
  if (!there) co_return oauth::show_error(there.error(), visit, back);
  visit.new_cookie = true;  // its time begins anew
  co_return oauth::lead(*there, visit, call.request.method == "POST" ? 303 : 302);
}

void add_departure_routes(net::route::Router& router, SsoApi& api) {
  using net::route::Access;
  using net::route::Rate;
  const auto client =
      matrix_group(router, {.prefix = std::string(kRedirectPath), .needs = Access::open, .rate = Rate::login});
  client.add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_redirect, api)});
  client.add({.method = "GET", .path = "/{idpId}", .reply_type = "text/html", .run = api::bind(get_redirect_to, api)});
  matrix_group(router, {.prefix = std::string(kConsolePath) + "/{idpId}", .needs = Access::open, .rate = Rate::login})
      .add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_console, api)});
  matrix_group(router, {.prefix = std::string(kPickPath), .needs = Access::open, .rate = Rate::login})
      .add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_pick, api)});
  matrix_group(router, {.prefix = "/_matrix/client/oauth/elsewhere", .needs = Access::open, .rate = Rate::login})
      .add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_elsewhere, api)});
}

}  // namespace troupe::homeserver::sso
