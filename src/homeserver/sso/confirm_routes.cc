// Proving again who one is at a provider, before a change that hurts: Client-Server API #single-sign-on.
#include "homeserver/common/client_route.h"
#include "homeserver/oauth/page.h"
#include "homeserver/sso/sso_routes.h"

namespace troupe::homeserver::sso {
namespace {

using net::http::Response;
using oauth::text;

using accounts::kSsoFallbackPath;
constexpr std::size_t kMaxSessionBytes = 64;
constexpr std::size_t kMaxFormBytes = 4UL * 1024;

/// Only a button of this page leads on: a link that somebody is sent shows them what they would confirm.
Task<Response> show_providers(SsoApi& api, std::string session, accounts::UiaElsewhere waiting, oauth::Visit visit) {
  CO_TRY(const auto ways, co_await api.accounts.ways_to_prove(waiting.user_id));
  std::string body = "<p>An app asks you to confirm that it is you. It is about: <strong>" + text(waiting.operation) +
                     "</strong>.</p><p class=\"bad\">If you did not ask for this, somebody else may be using your "
                     "account: close this page, and end your other sessions.</p>";
  // Providers lead on to others that they trust, and some browsers hold the form to all of that way: only the scheme
  // can be said of it.
  std::string leads_to = "https:";
  for (const auto& id : ways.providers) {
    const auto* provider = api.sign_ins.providers().find(id);
    if (!provider) continue;
    if (provider->settings().issuer.starts_with("http:")) leads_to = "https: http:";
    body += oauth::form(kSsoFallbackPath, {{"session", session}, {"idp", id}}, visit,
                        "<button>Confirm with " + oauth::name(provider->settings().name) + "</button>");
  }
  co_return oauth::show({.title = "Confirm that it is you", .body = body, .leads_to = leads_to}, visit);
}

Response nothing_waits(const oauth::Visit& visit) {
  return oauth::show_error(
      Error(Errc::not_found, "Nothing here waits to be confirmed any more. Begin again in the app."), visit);
}

std::optional<accounts::UiaElsewhere> waiting_for(SsoApi& api, const std::string& session) {
  return session.size() <= kMaxSessionBytes ? api.uia.elsewhere(session) : std::nullopt;
}

Task<Response> get_fallback(SsoApi& api, net::route::Call& call) {
  std::string session(call.request.query_value("session").value_or(""));
  if (session.empty()) co_return Error(Errc::missing_param, "session is missing.");
  CO_TRY(auto visit, co_await api.visits.of(call.request));
  auto waiting = waiting_for(api, session);
  if (!waiting) co_return nothing_waits(visit);
  co_return co_await show_providers(api, std::move(session), *std::move(waiting), std::move(visit));
}

Task<Response> post_fallback(SsoApi& api, net::route::Call& call) {
  const auto sent = oauth::fields_of(net::route::body_object(call));
  CO_TRY(const auto visit, co_await api.visits.of(call.request));
  const auto own = api.visits.check_form(call.request, visit, oauth::value_of(sent, "form_token"));
  if (!own) co_return oauth::show_error(own.error(), visit);
  std::string session(oauth::value_of(sent, "session"));
  if (!waiting_for(api, session)) co_return nothing_waits(visit);
  auto* provider = api.sign_ins.providers().find(oauth::value_of(sent, "idp"));
  if (!provider)
    co_return oauth::show_error(Error(Errc::not_found, "There is no such provider of single sign-on here."), visit);
  co_return co_await depart(api, call, *provider, Purpose::confirm, std::move(session));
}

}  // namespace

void add_confirm_routes(net::route::Router& router, SsoApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kSsoFallbackPath),
                                           .needs = net::route::Access::open,
                                           .rate = net::route::Rate::login,
                                           .max_body_bytes = kMaxFormBytes});
  group.add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_fallback, api)});
  group.add({.method = "POST",
             .takes = net::route::Body::form,
             .reply_type = "text/html",
             .run = api::bind(post_fallback, api)});
}

}  // namespace troupe::homeserver::sso
