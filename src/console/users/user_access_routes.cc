// How an account is entered: its password, and the sessions that are open. /api/v1/users/{user_id}/password, /sessions.
#include "base/crypto.h"
#include "console/console_api.h"
#include "console/shapes/views.h"
#include "console/users/user_list.h"
#include "matrix/json.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

constexpr std::size_t kGeneratedPasswordLength = 20;
constexpr std::string_view kConsolePrefix = "console:";

bool administers(const Call& call) { return call.caller->role == net::Role::admin && has_scope(call, "users"); }

/// The account, for an administrator or its owner. Others hear the same whether it exists or not. Error: forbidden.
Task<UserEntry> reachable(UserAccessApi& console, const Call& call, std::string_view what) {
  auto user_id = full_user_id(console.people, call.param("user_id"));
  const bool own = call.caller->user_id == user_id && has_scope(call, "users");
  if (!administers(call) && !own) {
    co_return Error(Errc::forbidden, "Only an administrator may " + std::string(what) + " of another account.");
  }
  co_return co_await find_user(console.people, call, std::move(user_id));
}

Task<Unit> check_current(UserAccessApi& console, const Call& call, std::string user_id) {
  auto current = net::optional_body_text(call, "current_password");
  if (!current) co_return Error(Errc::missing_param, "Send your current password as current_password.");
  auto checked = co_await console.people.homeserver.check_password(std::move(user_id), *std::move(current),
                                                                   call.request.remote_address);
  if (checked) co_return Unit{};
  if (checked.error().code() != Errc::forbidden) co_return std::unexpected(std::move(checked).error());
  co_return Error(Errc::forbidden, "The current password is wrong.");
}

Task<Response> set_password(UserAccessApi& console, Call& call) {
  const auto& body = call.body.as_object();
  const auto* wants = body.if_contains("generate");
  const bool generate = wants != nullptr && wants->as_bool();
  auto password = net::optional_body_text(call, "password");
  if (generate == password.has_value()) {
    co_return Error(Errc::missing_param, "Send either password or \"generate\": true.");
  }
  CO_TRY(auto user, co_await reachable(console, call, "set the password"));
  const auto user_id = user.account.user_id;
  if (user.account.deactivated) co_return Error(Errc::conflict, "This account was closed for ever.");
  CO_TRY(check_may_give(call, user.principal.role));
  if (call.caller->user_id == user_id) {
    CO_TRY(co_await check_current(console, call, user_id));
  }
  if (generate) password = base::random_alphanumeric(kGeneratedPasswordLength);
  const auto* logout = body.if_contains("logout_devices");
  const bool logout_devices = logout == nullptr || logout->as_bool();
  CO_TRY(co_await console.people.homeserver.set_password(user_id, *password, logout_devices));
  if (logout_devices) {
    CO_TRY(co_await console.sessions.end_all(user.principal.id));
  }
  const bool revoke_keys = matrix::find_bool(body, "revoke_keys").value_or(false);
  if (revoke_keys) {
    CO_TRY(co_await console.api_keys.revoke_all(user.principal.id));
  }
  co_await api::audit(console.kit, call, "user.password", user_id,
                      {{"logout_devices", logout_devices}, {"revoke_keys", revoke_keys}, {"generated", generate}});
  api::ring_users(console.kit);
  if (!generate) co_return Response::empty(204);
  co_return api::private_reply(boost::json::object{{"password", *password}});
}

Task<Response> list_sessions(UserAccessApi& console, Call& call) {
  CO_TRY(auto user, co_await reachable(console, call, "see the sessions"));
  CO_TRY(auto devices, co_await console.people.homeserver.sessions(user.account.user_id));
  CO_TRY(auto visits, co_await console.sessions.list(user.principal.id));
  boost::json::array items;
  for (const auto& device : devices) {
    boost::json::object row{{"device_id", device.device_id}, {"kind", "matrix"}, {"display_name", device.display_name}};
    if (device.last_seen_ms) row["last_seen_at"] = rfc3339(*device.last_seen_ms);
    if (!device.last_seen_ip.empty()) row["last_seen_ip"] = device.last_seen_ip;
    items.push_back(std::move(row));
  }
  for (const auto& visit : visits) {
    items.push_back({{"device_id", std::string(kConsolePrefix) + std::to_string(visit.id)},
                     {"kind", "console"},
                     {"display_name", visit.user_agent.empty() ? "Console" : "Console, " + visit.user_agent},
                     {"last_seen_at", rfc3339(visit.last_seen_ms)},
                     {"last_seen_ip", visit.remote_address}});
  }
  co_return reply(api::whole_list(std::move(items)));
}

/// A console session's number; nothing for a device id.
std::optional<std::int64_t> console_session(std::string_view device_id) {
  if (!device_id.starts_with(kConsolePrefix)) return std::nullopt;
  device_id.remove_prefix(kConsolePrefix.size());
  return net::whole_number(device_id);
}

Task<Response> end_session(UserAccessApi& console, Call& call) {
  CO_TRY(auto user, co_await reachable(console, call, "end the sessions"));
  const auto& device_id = call.param("device_id");
  // A device may carry such a name, too: ours is looked for first.
  bool ended = false;
  if (auto number = console_session(device_id)) {
    auto done = co_await console.sessions.end_one(user.principal.id, *number);
    if (!done && done.error().code() != Errc::not_found) co_return std::unexpected(std::move(done).error());
    ended = done.has_value();
  }
  if (!ended) {
    CO_TRY(co_await console.people.homeserver.end_session(user.account.user_id, device_id));
  }
  co_await api::audit(console.kit, call, "user.end_session", user.account.user_id, {{"device_id", device_id}});
  api::ring_users(console.kit);
  co_return Response::empty(204);
}

Task<Response> end_all_sessions(UserAccessApi& console, Call& call) {
  CO_TRY(auto user, co_await reachable(console, call, "end the sessions"));
  CO_TRY(co_await console.people.homeserver.end_all_sessions(user.account.user_id));
  CO_TRY(co_await console.sessions.end_all(user.principal.id));
  co_await api::audit(console.kit, call, "user.end_session", user.account.user_id, {{"device_id", "all"}});
  api::ring_users(console.kit);
  co_return Response::empty(204);
}

}  // namespace

void add_user_access_routes(net::Router& routes, UserAccessApi& console) {
  const api::Group group(routes, {.prefix = "/api/v1/users/{user_id}", .needs = Access::user, .tag = "users"});
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

}  // namespace troupe::console
