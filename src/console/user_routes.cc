// /api/v1/users: the accounts of the homeserver with their roles here.
#include "base/crypto.h"
#include "console/api.h"
#include "console/schemas.h"
#include "console/views.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

constexpr std::size_t kGeneratedPasswordLength = 20;

Task<boost::json::object> view_of(Api& api, matrix::Account account) {
  CO_TRY(auto principal, co_await api.principals.for_account(account));
  co_return user_view(account, principal);
}

/// Account and principal follow each other: the homeserver's flag is the role admin.
Task<Unit> give_role(Api& api, matrix::Account account, net::Role role) {
  bool admin = role == net::Role::admin;
  if (account.admin != admin) {
    CO_TRY([[maybe_unused]] auto set, co_await api.homeserver.set_admin(account.user_id, admin));
    account.admin = admin;
  }
  CO_TRY([[maybe_unused]] auto principal, co_await api.principals.for_account(account));
  CO_TRY([[maybe_unused]] auto changed, co_await api.principals.set_role(account.user_id, role));
  co_return Unit{};
}

Task<Response> list(Api& api, Call& call) {
  CO_TRY(auto at, paging(call.request));
  CO_TRY(auto search, search_text(call.request));
  CO_TRY(auto found, co_await api.homeserver.accounts({.search = search, .from = at.from, .limit = at.limit}));
  CO_TRY(auto principals, co_await api.principals.for_accounts(found.accounts));
  boost::json::array items;
  for (const auto& account : found.accounts) items.push_back(user_view(account, principals.at(account.user_id)));
  co_return reply(page(std::move(items), found.total, at));
}

Task<Response> create(Api& api, Call& call) {
  auto role = identity::parse_role(optional_text(call, "role").value_or("member")).value_or(net::Role::member);
  auto password = optional_text(call, "password");
  bool generated = !password;
  if (generated) password = base::random_alphanumeric(kGeneratedPasswordLength);
  matrix::NewAccount wanted{.localpart = text(call, "username"),
                            .password = password,
                            .kind = matrix::AccountKind::person,
                            .admin = role == net::Role::admin,
                            .display_name = text(call, "display_name")};
  if (wanted.localpart.starts_with("bot_")) {
    co_return Error(Errc::invalid_param, "Names that start with bot_ belong to bots. Choose another name.");
  }
  CO_TRY(auto account, co_await api.homeserver.create_account(std::move(wanted)));
  CO_TRY([[maybe_unused]] auto given, co_await give_role(api, account, role));
  co_await audit(api, call, "user.create", account.user_id, {{"role", identity::to_string(role)}});
  api.context.bus().ring(bus::Topic::users, 0);
  CO_TRY(auto view, co_await view_of(api, account));
  boost::json::object body{{"user", std::move(view)}};
  if (generated) body["generated_password"] = *password;
  co_return reply(body, 201);
}

Task<Response> get(Api& api, Call& call) {
  CO_TRY(auto account, co_await api.homeserver.account(full_user_id(api, call.param("user_id"))));
  CO_TRY(auto view, co_await view_of(api, std::move(account)));
  co_return reply(view);
}

Task<Response> change(Api& api, Call& call) {
  auto user_id = full_user_id(api, call.param("user_id"));
  CO_TRY(auto account, co_await api.homeserver.account(user_id));
  boost::json::object detail;
  if (auto role_name = optional_text(call, "role")) {
    auto role = identity::parse_role(*role_name).value_or(net::Role::member);
    if (call.caller->user_id == user_id && role != net::Role::admin) {
      co_return Error(Errc::conflict, "You cannot take the role admin from yourself. Another administrator can.");
    }
    CO_TRY([[maybe_unused]] auto given, co_await give_role(api, account, role));
    detail["role"] = *role_name;
  }
  if (auto name = optional_text(call, "display_name")) {
    CO_TRY([[maybe_unused]] auto renamed, co_await api.homeserver.set_display_name(user_id, *name));
    detail["display_name"] = *name;
  }
  co_await audit(api, call, "user.change", user_id, std::move(detail));
  api.context.bus().ring(bus::Topic::users, 0);
  CO_TRY(auto now, co_await api.homeserver.account(user_id));
  CO_TRY(auto view, co_await view_of(api, std::move(now)));
  co_return reply(view);
}

Task<Response> set_password(Api& api, Call& call) {
  auto user_id = full_user_id(api, call.param("user_id"));
  bool own = call.caller->user_id == user_id;
  const auto& scopes = call.caller->scopes;
  bool administers = call.caller->role == net::Role::admin &&
                     (scopes.empty() || std::ranges::find(scopes, "users") != scopes.end() ||
                      identity::credential_of(*call.caller).kind == identity::Credential::Kind::local);
  if (!administers && !own)
    co_return Error(Errc::forbidden, "Only an administrator may set another account's password.");
  if (own) {
    auto current = optional_text(call, "current_password");
    if (!current) co_return Error(Errc::missing_param, "Send your current password as current_password.");
    auto checked = co_await api.homeserver.check_password(user_id, *current);
    if (!checked) {
      if (checked.error().code() != Errc::forbidden) co_return std::unexpected(std::move(checked).error());
      co_return Error(Errc::forbidden, "The current password is wrong.");
    }
  }
  const auto* logout = call.body.as_object().if_contains("logout_devices");
  bool logout_devices = logout == nullptr || logout->as_bool();
  CO_TRY(auto account, co_await api.homeserver.account(user_id));
  CO_TRY([[maybe_unused]] auto set,
         co_await api.homeserver.set_password(user_id, text(call, "password"), logout_devices));
  if (logout_devices) {
    CO_TRY(auto principal, co_await api.principals.for_account(std::move(account)));
    CO_TRY([[maybe_unused]] auto ended, co_await api.sessions.end_all(principal.id));
  }
  co_await audit(api, call, "user.password", user_id, {{"logout_devices", logout_devices}});
  co_return Response::empty(204);
}

Task<Response> deactivate(Api& api, Call& call) {
  auto user_id = full_user_id(api, call.param("user_id"));
  if (full_user_id(api, text(call, "confirm")) != user_id) {
    co_return Error(Errc::invalid_param, "confirm must repeat the user id " + user_id + ": this cannot be undone.");
  }
  if (call.caller->user_id == user_id) {
    co_return Error(Errc::conflict, "You cannot close your own account here. Another administrator can.");
  }
  CO_TRY(auto account, co_await api.homeserver.account(user_id));
  CO_TRY(auto bots, co_await api.bots.list(tenant(call), user_id, 0, 10));
  for (const auto& view : bots.items) {
    if (view.bot.user_id == user_id) {
      co_return Error(Errc::conflict, "This account belongs to bot " + view.bot.bot_id + ". Delete the bot first.");
    }
  }
  CO_TRY([[maybe_unused]] auto principal, co_await api.principals.for_account(account));
  CO_TRY([[maybe_unused]] auto done, co_await api.homeserver.deactivate(user_id));
  CO_TRY([[maybe_unused]] auto disabled, co_await api.principals.disable(user_id));
  co_await audit(api, call, "user.deactivate", user_id);
  api.context.bus().ring(bus::Topic::users, 0);
  CO_TRY(auto now, co_await api.homeserver.account(user_id));
  CO_TRY(auto view, co_await view_of(api, std::move(now)));
  co_return reply(view);
}

}  // namespace

void add_user_routes(Api& api) {
  add_route(api,
            {.method = "GET",
             .path = "/api/v1/users",
             .needs = Access::operator_,
             .scope = "users",
             .tag = "users",
             .summary = "List accounts (?search=&from=&limit=)",
             .reply = TROUPE_REF("UserPage")},
            list);
  add_route(api,
            {.method = "POST",
             .path = "/api/v1/users",
             .needs = Access::admin,
             .scope = "users",
             .tag = "users",
             .summary = "Make an account",
             .reply = TROUPE_REF("CreatedUser"),
             .body = TROUPE_REF("NewUser")},
            create);
  add_route(api,
            {.method = "GET",
             .path = "/api/v1/users/{user_id}",
             .needs = Access::operator_,
             .scope = "users",
             .tag = "users",
             .summary = "One account, by local part or user id",
             .reply = TROUPE_REF("User")},
            get);
  add_route(api,
            {.method = "PATCH",
             .path = "/api/v1/users/{user_id}",
             .needs = Access::admin,
             .scope = "users",
             .tag = "users",
             .summary = "Change name or role",
             .reply = TROUPE_REF("User"),
             .body = TROUPE_REF("UserPatch")},
            change);
  add_route(api,
            {.method = "POST",
             .path = "/api/v1/users/{user_id}/password",
             .needs = Access::user,
             .tag = "users",
             .summary = "Set a password: an administrator anybody's, everybody their own with the current one",
             .body = TROUPE_REF("NewPassword")},
            set_password);
  add_route(api,
            {.method = "POST",
             .path = "/api/v1/users/{user_id}/deactivate",
             .needs = Access::admin,
             .scope = "users",
             .tag = "users",
             .summary = "Close an account for ever; its name stays taken",
             .reply = TROUPE_REF("User"),
             .body = TROUPE_REF("Confirm")},
            deactivate);
}

}  // namespace troupe::console
