// Proving again who one is at a provider, before a change that hurts: Client-Server API #single-sign-on.
#include "homeserver/common/client_route.h"
#include "homeserver/oauth/page.h"
#include "homeserver/sso/sso_routes.h"

namespace troupe::homeserver::sso {
namespace {

using net::http::Response;
using oauth::text;

constexpr std::string_view kFallbackPath = "/_matrix/client/v3/auth/m.login.sso/fallback/web";
constexpr std::size_t kMaxSessionBytes = 64;

Task<Response> show_providers(SsoApi& api, std::string session, accounts::UiaElsewhere waiting, oauth::Visit visit) {
  CO_TRY(const auto ways, co_await api.accounts.ways_to_prove(waiting.user_id));
  std::string body = "<p>An app asks you to confirm that it is you. It is about: <strong>" + text(waiting.operation) +
                     "</strong>.</p><p class=\"bad\">If you did not ask for this, somebody else may be using your "
                     "account: close this page, and end your other sessions.</p>";
  for (const auto& id : ways.providers) {
    const auto* provider = api.sign_ins.providers().find(id);
    if (!provider) continue;
    const auto there = oauth::page_with("web", {{"session", session}, {"idp", id}});
    body += "<p><a href=\"" + text(there) + "\">Confirm with " + oauth::name(provider->settings().name) + "</a></p>";
  }
  co_return oauth::show({.title = "Confirm that it is you", .body = body, .leads_to = {}}, visit);
}

Task<Response> get_fallback(SsoApi& api, net::route::Call& call) {
  std::string session(call.request.query_value("session").value_or(""));
  if (session.empty()) co_return Error(Errc::missing_param, "session is missing.");
  CO_TRY(auto visit, co_await api.visits.of(call.request));
  auto waiting = session.size() <= kMaxSessionBytes ? api.uia.elsewhere(session) : std::nullopt;
  if (!waiting) {
    co_return oauth::show_error(
        Error(Errc::not_found, "Nothing here waits to be confirmed any more. Begin again in the app."), visit);
  }
  const auto picked = call.request.query_value("idp");
  if (!picked) co_return co_await show_providers(api, std::move(session), *std::move(waiting), std::move(visit));
  auto* provider = api.sign_ins.providers().find(*picked);
  if (!provider) co_return Error(Errc::not_found, "There is no such provider of single sign-on here.");
  co_return co_await depart(api, call, *provider, Purpose::confirm, std::move(session));
}

}  // namespace

void add_confirm_routes(net::route::Router& router, SsoApi& api) {
  matrix_group(
      router,
      {.prefix = std::string(kFallbackPath), .needs = net::route::Access::open, .rate = net::route::Rate::login})
      .add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_fallback, api)});
}

}  // namespace troupe::homeserver::sso
