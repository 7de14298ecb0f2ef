// How an account is entered: its password, and the sessions that are open. /api/v1/users/{user_id}/password, /sessions.
#include "api/caller.h"
#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "base/crypto.h"
#include "base/field_errors.h"
#include "console/users/mistakes.h"
#include "console/users/user_routes.h"
#include "console/users/user_shapes.h"

namespace troupe::console::users {
namespace {

using namespace api::words;
using api::has_scope;

constexpr std::size_t kResetPasswordLength = 20;

bool administers(const Call& call) { return call.caller->role == net::route::Role::admin && has_scope(call, "users"); }

/// The account, for an administrator or its owner. Others hear the same whether it exists or not. Error: forbidden.
Task<people::ReachedUser> reachable(UserAccessApi& console, const Call& call, std::string_view what) {
  auto user_id = console.people.user_id(call.param("user_id"));
  const bool own = call.caller->user_id == user_id && has_scope(call, "users");
  if (!administers(call) && !own) {
    co_return Error(Errc::forbidden, "Only an administrator may " + std::string(what) + " of another account.");
  }
  co_return co_await console.people(call).find(user_id);
}

Task<Unit> check_current(UserAccessApi& console, const Call& call, std::string user_id,
                         std::optional<std::string> current) {
  constexpr std::string_view kPlace = "/current_password";
  if (!current) {
    co_return base::field_error(kPlace, "Send your current password as current_password.", Errc::missing_param);
  }
  auto proven = co_await console.sign_in.check(call, std::move(user_id), *std::move(current));
  if (proven) co_return Unit{};
  if (proven.error().code() != Errc::forbidden) co_return std::unexpected(std::move(proven).error());
  co_return base::field_error(kPlace, "The current password is wrong.", Errc::forbidden);
}

Task<Response> set_password(UserAccessApi& console, Call& call) {
  CO_TRY(auto body, api::body_of<NewPasswordBody>(call));
  const bool generate = body.generate;
  if (generate == body.password.has_value()) {
    co_return Error(Errc::missing_param, "Send either password or \"generate\": true.");
  }
  CO_TRY(const auto user, co_await reachable(console, call, "set the password"));
  if (user.account().deactivated) co_return Error(Errc::conflict, "This account was closed for ever.");
  CO_TRY(user.check_may_enter());
  if (call.caller->user_id == user.user_id()) {
    CO_TRY(co_await check_current(console, call, user.user_id(), std::move(body.current_password)));
  }
  const people::PasswordChange change{
      .password = generate ? base::random_alphanumeric(kResetPasswordLength) : *std::move(body.password),
      .logout_devices = body.logout_devices,
      .revoke_keys = body.revoke_keys};
  auto set = co_await user.set_password(change);
  if (!set) co_return placed_password(std::move(set).error());
  co_await api::audit(
      console.kit, call, "user.password", user.user_id(),
      {{"logout_devices", change.logout_devices}, {"revoke_keys", change.revoke_keys}, {"generated", generate}});
  api::ring_users(console.kit);
  if (!generate) co_return Response::empty(204);
  co_return api::private_reply(api::write(GeneratedPassword{.password = change.password}));
}

Task<Response> list_sessions(UserAccessApi& console, Call& call) {
  CO_TRY(const auto user, co_await reachable(console, call, "see the sessions"));
  CO_TRY(const auto found, co_await user.sessions());
  std::vector<OpenSession> open;
  open.reserve(found.devices.size() + found.consoles.size());
  for (const auto& device : found.devices) {
    open.push_back({.device_id = device.device_id,
                    .kind = "matrix",
                    .display_name = device.display_name,
                    .last_seen_ms = device.last_seen_ms,
                    .last_seen_ip = device.last_seen_ip});
  }
  for (const auto& visit : found.consoles) {
    open.push_back({.device_id = std::string(people::kConsoleDevice) + std::to_string(visit.id),
                    .kind = "console",
                    .display_name = visit.user_agent.empty() ? "Console" : "Console, " + visit.user_agent,
                    .last_seen_ms = visit.last_seen_ms,
                    .last_seen_ip = visit.remote_address});
  }
  co_return reply(api::whole_list(api::write_all(open)));
}

Task<Response> end_session(UserAccessApi& console, Call& call) {
  CO_TRY(const auto user, co_await reachable(console, call, "end the sessions"));
  const auto& device_id = call.param("device_id");
  CO_TRY(co_await user.end_session(device_id));
  co_await api::audit(console.kit, call, "user.end_session", user.user_id(), {{"device_id", device_id}});
  api::ring_users(console.kit);
  co_return Response::empty(204);
}

Task<Response> end_all_sessions(UserAccessApi& console, Call& call) {
  CO_TRY(const auto user, co_await reachable(console, call, "end the sessions"));
  CO_TRY(co_await user.end_all_sessions());
  co_await api::audit(console.kit, call, "user.end_session", user.user_id(), {{"device_id", "all"}});
  api::ring_users(console.kit);
  co_return Response::empty(204);
}

}  // namespace

void add_user_access_routes(net::route::Router& routes, UserAccessApi& console) {
  const api::Group group(routes, {.prefix = "/api/v1/users/{user_id}", .needs = Access::user, .tag = kUsersTag});
  group.add({.method = "POST",
             .path = "/password",
             .summary = "Set a password (204) or make one (200): an administrator anybody's, everybody their own with "
                        "the current one",
             .body = TROUPE_REF("NewPassword"),
             .reply = TROUPE_REF("GeneratedPassword"),
             .run = api::bind(set_password, console)});
  group.add({.method = "GET",
             .path = "/sessions",
             .summary = "Where an account is signed in: Matrix devices and consoles",
             .reply = TROUPE_REF("UserSessions"),
             .run = api::bind(list_sessions, console)});
  group.add({.method = "DELETE",
             .path = "/sessions",
             .summary = "Sign an account out everywhere",
             .status = 204,
             .run = api::bind(end_all_sessions, console)});
  group.add({.method = "DELETE",
             .path = "/sessions/{device_id}",
             .summary = "End one session",
             .status = 204,
             .run = api::bind(end_session, console)});
}

}  // namespace troupe::console::users
