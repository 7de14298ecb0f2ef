// Signing in to the dashboard and out of it. The homeserver checks the password.
#include "console/console_api.h"
#include "console/shapes/views.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

boost::json::object me_view(const identity::Credential& credential, net::Role role,
                            const std::vector<std::string>& scopes, std::string display_name) {
  const auto& principal = credential.principal;
  using Kind = identity::Credential::Kind;
  auto by = credential.kind == Kind::cookie ? "cookie" : credential.kind == Kind::key ? "key" : "local";
  boost::json::object me{{"id", principal.id},
                         {"user_id", principal.user_id},
                         {"display_name", display_name.empty() ? principal.name : display_name},
                         {"role", identity::to_string(role)},
                         {"kind", identity::to_string(principal.kind)},
                         {"tenant_id", principal.tenant_id},
                         {"by", by},
                         {"scopes", boost::json::array(scopes.begin(), scopes.end())}};
  if (credential.expires_ms != 0) me["expires_at"] = rfc3339(credential.expires_ms);
  return me;
}

Task<Response> sign_in(SessionApi& console, Call& call) {
  CO_TRY(identity::check_same_origin(call.request));
  auto user = net::body_text(call, "user");
  auto account = co_await console.people.homeserver.check_password(user, net::body_text(call, "password"),
                                                                   call.request.remote_address);
  if (!account) {
    if (account.error().code() == Errc::forbidden) {
      co_await audit_refusal(console.kit, console.people, call, user);
      co_return Error(Errc::forbidden, "Wrong user name or password.");
    }
    co_return std::unexpected(std::move(account).error());
  }
  if (account->deactivated || account->locked) {
    co_return Error(Errc::forbidden, "This account is closed or locked. Ask an administrator.");
  }
  if (account->kind == matrix::AccountKind::bot) {
    co_return Error(Errc::forbidden, "This is a bot's account. Sign in as a person.");
  }
  CO_TRY(auto principal, co_await console.people.principals.for_account(*account));
  if (auto old = identity::session_token(call.request); !old.empty()) {
    CO_TRY(co_await console.sessions.end(std::move(old)));
  }
  CO_TRY(auto session, co_await console.sessions.create(principal, call.request.remote_address,
                                                        std::string(call.request.headers.get("User-Agent"))));
  co_await audit_sign_in(console.kit, call, principal);
  identity::Credential credential{
      .kind = identity::Credential::Kind::cookie, .principal = principal, .expires_ms = session.expires_ms};
  auto response = reply(me_view(credential, principal.role, {}, account->display_name));
  auto seconds = (session.expires_ms - console.kit.clock.unix_ms()) / 1000;
  response.headers.add("Set-Cookie", identity::session_cookie(session.token, call.request.tls, seconds));
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Response> who_am_i(SessionApi& console, Call& call) {
  const auto& credential = identity::credential_of(*call.caller);
  std::string display_name;
  if (!credential.principal.user_id.empty()) {
    CO_TRY(auto account, co_await console.people.homeserver.account(credential.principal.user_id));
    display_name = account.display_name;
  }
  auto response = reply(me_view(credential, call.caller->role, call.caller->scopes, display_name));
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Response> sign_out(SessionApi& console, Call& call) {
  if (auto token = identity::session_token(call.request); !token.empty()) {
    CO_TRY(co_await console.sessions.end(std::move(token)));
    co_await api::audit(console.kit, call, "session.end", identity::credential_of(*call.caller).principal.label());
    api::ring_users(console.kit);
  }
  auto response = Response::empty(204);
  response.headers.add("Set-Cookie", identity::session_cookie("", call.request.tls, 0));
  co_return response;
}

}  // namespace

void add_session_routes(net::Router& routes, SessionApi& console) {
  const api::Group group(routes, {.prefix = "/api/v1/session", .needs = Access::user, .tag = "session"});
  group.add({.method = "POST",
             .summary = "Sign in; the answer sets the session cookie",
             .needs = Access::open,
             .rate = net::Rate::login,
             .body = TROUPE_REF("NewSession"),
             .reply = TROUPE_REF("Me"),
             .run = api::bind(sign_in, console)});
  group.add({.method = "GET",
             .summary = "Who this credential stands for",
             .reply = TROUPE_REF("Me"),
             .run = api::bind(who_am_i, console)});
  group.add({.method = "DELETE", .summary = "Sign out", .status = 204, .run = api::bind(sign_out, console)});
}

}  // namespace troupe::console
