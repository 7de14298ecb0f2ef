// Signing in to the dashboard and out of it. The homeserver checks the password.
#include "console/session/session_routes.h"
#include "api/group.h"
#include "api/words.h"
#include "console/session/session_shapes.h"

namespace troupe::console::session {
namespace {

using namespace api::words;

Me me_of(const identity::Credential& credential, net::route::Role role, std::vector<std::string> scopes,
         std::string display_name) {
  using Kind = identity::Credential::Kind;
  if (display_name.empty()) display_name = credential.principal.name;
  return {.principal = credential.principal,
          .display_name = std::move(display_name),
          .role = role,
          .by = credential.kind == Kind::cookie ? "cookie"
                : credential.kind == Kind::key  ? "key"
                                                : "local",
          .scopes = std::move(scopes),
          .expires_ms = credential.expires_ms != 0 ? std::optional(credential.expires_ms) : std::nullopt};
}

Task<Response> create_session(SessionApi& console, Call& call) {
  CO_TRY(identity::check_same_origin(call.request));
  CO_TRY(auto body, api::body_of<NewSession>(call));
  auto proven = co_await console.sign_in.check(call, body.user, std::move(body.password));
  if (!proven) {
    if (proven.error().code() != Errc::forbidden) co_return std::unexpected(std::move(proven).error());
    co_await console.sign_in.refuse(call, std::move(body.user));
    co_return Error(Errc::forbidden, "Wrong user name or password.");
  }
  const auto account = proven->account();
  if (account.deactivated || account.locked) {
    co_return Error(Errc::forbidden, "This account is closed or locked. Ask an administrator.");
  }
  if (account.kind == matrix::AccountKind::bot) {
    co_return Error(Errc::forbidden, "This is a bot's account. Sign in as a person.");
  }
  CO_TRY(auto entered, co_await console.sign_in.enter(call, *std::move(proven)));
  const identity::Credential credential{
      .kind = identity::Credential::Kind::cookie, .principal = entered.principal, .expires_ms = entered.expires_ms};
  auto me = me_of(credential, entered.principal.role, {}, account.display_name);
  me.has_password = true;
  auto response = api::private_reply(api::write(me));
  response.headers.add("Set-Cookie", entered.cookie);
  co_return response;
}

Task<Response> get_session(SessionApi& console, Call& call) {
  const auto& credential = identity::credential_of(*call.caller);
  std::string display_name;
  std::optional<bool> has_password;
  if (!credential.principal.user_id.empty()) {
    CO_TRY(const auto own, co_await console.people(call).find(credential.principal.user_id));
    CO_TRY(const auto entry, co_await own.entry_with_ways_in());
    display_name = entry.account.display_name;
    has_password = entry.has_password;
  }
  auto me = me_of(credential, call.caller->role, call.caller->scopes, std::move(display_name));
  me.has_password = has_password;
  co_return api::private_reply(api::write(me));
}

Task<Response> end_session(SessionApi& console, Call& call) {
  CO_TRY(co_await console.sign_in.leave(call));
  auto response = Response::empty(204);
  response.headers.add("Set-Cookie", no_cookie(call));
  co_return response;
}

}  // namespace

void add_session_routes(net::route::Router& routes, SessionApi& console) {
  const api::Group group(routes, {.prefix = "/api/v1/session",
                                  .needs = Access::user,
                                  .tag = {"session", "Signing in to the dashboard, and out."}});
  group.add({.method = "POST",
             .summary = "Sign in; the answer sets the session cookie",
             .needs = Access::open,
             .rate = net::route::Rate::login,
             .body = TROUPE_REF("NewSession"),
             .reply = TROUPE_REF("Me"),
             .run = api::bind(create_session, console)});
  group.add({.method = "GET",
             .summary = "Who this credential stands for",
             .reply = TROUPE_REF("Me"),
             .run = api::bind(get_session, console)});
  group.add({.method = "DELETE", .summary = "Sign out", .status = 204, .run = api::bind(end_session, console)});
}

}  // namespace troupe::console::session
