// Signing in to the dashboard and out of it. The homeserver checks the password.
#include "console/api.h"
#include "console/shapes/schema.h"
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

Task<Response> sign_in(Api& api, Call& call) {
  CO_TRY(identity::check_same_origin(call.request));
  auto user = text(call, "user");
  auto account = co_await api.homeserver.check_password(user, text(call, "password"), call.request.remote_address);
  if (!account) {
    if (account.error().code() == Errc::forbidden) {
      co_await audit_refusal(api, call, user);
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
  CO_TRY(auto principal, co_await api.principals.for_account(*account));
  if (auto old = identity::session_token(call.request); !old.empty()) {
    CO_TRY(co_await api.sessions.end(std::move(old)));
  }
  CO_TRY(auto session, co_await api.sessions.create(principal, call.request.remote_address,
                                                    std::string(call.request.headers.get("User-Agent"))));
  co_await audit_sign_in(api, call, principal);
  identity::Credential credential{
      .kind = identity::Credential::Kind::cookie, .principal = principal, .expires_ms = session.expires_ms};
  auto response = reply(me_view(credential, principal.role, {}, account->display_name));
  auto seconds = (session.expires_ms - api.context.clock().unix_ms()) / 1000;
  response.headers.add("Set-Cookie", identity::session_cookie(session.token, call.request.tls, seconds));
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Response> who_am_i(Api& api, Call& call) {
  const auto& credential = identity::credential_of(*call.caller);
  std::string display_name;
  if (!credential.principal.user_id.empty()) {
    CO_TRY(auto account, co_await api.homeserver.account(credential.principal.user_id));
    display_name = account.display_name;
  }
  auto response = reply(me_view(credential, call.caller->role, call.caller->scopes, display_name));
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Response> sign_out(Api& api, Call& call) {
  if (auto token = identity::session_token(call.request); !token.empty()) {
    CO_TRY(co_await api.sessions.end(std::move(token)));
    co_await audit(api, call, "session.end", identity::credential_of(*call.caller).principal.label());
    ring_users(api);
  }
  auto response = Response::empty(204);
  response.headers.add("Set-Cookie", identity::session_cookie("", call.request.tls, 0));
  co_return response;
}

}  // namespace

void add_session_routes(Api& api) {
  add_route(api,
            {.method = "POST",
             .path = "/api/v1/session",
             .needs = Access::open,
             .tag = "session",
             .summary = "Sign in; the answer sets the session cookie",
             .reply = TROUPE_REF("Me"),
             .body = TROUPE_REF("NewSession"),
             .rate = net::Rate::login},
            sign_in);
  add_route(api,
            {.method = "GET",
             .path = "/api/v1/session",
             .needs = Access::user,
             .tag = "session",
             .summary = "Who this credential stands for",
             .reply = TROUPE_REF("Me")},
            who_am_i);
  add_route(api,
            {.method = "DELETE",
             .path = "/api/v1/session",
             .needs = Access::user,
             .tag = "session",
             .summary = "Sign out",
             .good_status = 204},
            sign_out);
}

}  // namespace troupe::console
