// /api/v1/users: the accounts of the homeserver with their roles here.
#include "base/crypto.h"
#include "base/field_errors.h"
#include "console/console_api.h"
#include "console/shapes/views.h"
#include "console/users/csv.h"
#include "console/users/user_list.h"
#include "matrix/ids.h"
#include "matrix/json.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

constexpr std::size_t kGeneratedPasswordLength = 20;
constexpr std::int64_t kExportPage = 1'000;
constexpr std::int64_t kMostExported = 1'000'000;

Task<boost::json::object> view_of(UserApi& console, matrix::Account account) {
  CO_TRY(auto principal, co_await console.people.principals.for_account(account));
  co_return user_view(account, principal);
}

/// The view of an account as it is now.
Task<Response> show(UserApi& console, std::string user_id) {
  CO_TRY(auto account, co_await console.people.homeserver.account(std::move(user_id)));
  CO_TRY(auto view, co_await view_of(console, std::move(account)));
  co_return reply(view);
}

/// Refuses what would leave nobody who may administer. Error: conflict.
Task<Unit> keep_an_admin(UserApi& console, matrix::Account account) {
  if (!account.admin || account.deactivated || account.locked) co_return Unit{};
  matrix::AccountQuery admins{.admin = true, .locked = false, .deactivated = false, .limit = 1};
  CO_TRY(auto found, co_await console.people.homeserver.accounts(std::move(admins)));
  if (found.total > 1) co_return Unit{};
  co_return Error(Errc::conflict, account.user_id + " is the last administrator. Make another one first.");
}

/// A bot's account goes with the bot. Error: conflict.
Task<Unit> refuse_bots_account(UserApi& console, UserEntry user) {
  CO_TRY(auto bot_id, co_await console.bots.bot_of_account(user.principal.tenant_id, user.account.user_id));
  if (!bot_id) co_return Unit{};
  co_return Error(Errc::conflict, "This account belongs to bot " + *bot_id + ". Stop or delete the bot.");
}

Task<Response> list_accounts(UserApi& console, Call& call) {
  CO_TRY(auto query, user_query(call.request));
  const Paging at{.from = query.accounts.from, .limit = query.accounts.limit};
  query.tenant_id = visible_tenant(call);
  CO_TRY(auto found, co_await list_users(console.people, std::move(query)));
  boost::json::array items;
  for (const auto& entry : found.items) items.push_back(user_view(entry.account, entry.principal));
  co_return reply(page(std::move(items), found.total, at));
}

/// The same list as a file; its first columns are those that an import reads.
Task<Response> export_accounts(UserApi& console, Call& call) {
  CO_TRY(auto query, user_query(call.request));
  query.accounts.from = 0;
  query.accounts.limit = kExportPage;
  query.tenant_id = visible_tenant(call);
  std::string text = "username,display_name,role,kind,state,user_id,created_at\r\n";
  for (;; query.accounts.from += kExportPage) {
    CO_TRY(auto found, co_await list_users(console.people, query));
    for (const auto& [account, principal] : found.items) {
      auto parts = matrix::parse_user_id(account.user_id);
      append_csv_row(text, {parts ? parts->localpart : std::string_view(account.user_id), account.display_name,
                            identity::to_string(principal.role), identity::to_string(principal.kind),
                            account.deactivated ? "deactivated"
                            : account.locked    ? "locked"
                                                : "active",
                            account.user_id, rfc3339(account.created_ms)});
    }
    if (query.accounts.from + kExportPage >= found.total || std::ssize(found.items) < kExportPage) break;
    if (query.accounts.from >= kMostExported) {
      co_return Error(Errc::unavailable, "There are too many accounts for one file. Search for a part of the name.");
    }
  }
  co_return csv_response(std::move(text), "users.csv");
}

Task<Response> create_user(UserApi& console, Call& call) {
  auto role =
      identity::parse_role(net::optional_body_text(call, "role").value_or("member")).value_or(net::Role::member);
  auto password = net::optional_body_text(call, "password");
  bool generated = !password;
  if (generated) password = base::random_alphanumeric(kGeneratedPasswordLength);
  matrix::NewAccount wanted{.localpart = net::body_text(call, "username"),
                            .password = password,
                            .kind = matrix::AccountKind::person,
                            .admin = false,
                            .display_name = net::body_text(call, "display_name")};
  if (wanted.localpart.starts_with("bot_")) {
    co_return base::field_error("/username", "Names that start with bot_ belong to bots. Choose another name.");
  }
  auto tried = co_await make_user(console.people, call, std::move(wanted), role);
  if (!tried && (tried.error().code() == Errc::user_in_use || tried.error().code() == Errc::invalid_param)) {
    co_return base::placed_under(std::move(tried).error(), "/username");
  }
  CO_TRY(auto made, std::move(tried));
  co_await api::audit(console.kit, call, "user.create", made.account.user_id, {{"role", identity::to_string(role)}});
  api::ring_users(console.kit);
  boost::json::object body{{"user", user_view(made.account, made.principal)}};
  if (generated) body["generated_password"] = *password;
  co_return reply(body, 201);
}

Task<Response> get_user(UserApi& console, Call& call) {
  CO_TRY(auto user, co_await find_user(console.people, call, full_user_id(console.people, call.param("user_id"))));
  co_return reply(user_view(user.account, user.principal));
}

/// Moves an account to another tenant; an administrator stays one there, without the homeserver's flag. Errors:
/// forbidden, not_found, conflict (a bot's account, one's own, the last administrator of the default tenant).
Task<Unit> move_to_tenant(UserApi& console, const Call& call, UserEntry user, std::int64_t house) {
  const auto user_id = user.account.user_id;
  if (visible_tenant(call)) {
    co_return Error(Errc::forbidden, "Only administrators of the default tenant move accounts between tenants.");
  }
  if (user.principal.tenant_id == house) co_return Unit{};
  CO_TRY(auto all, co_await console.people.tenants.list());
  if (std::ranges::find(all, house, &identity::Tenant::id) == all.end()) {
    co_return Error(Errc::not_found, "There is no such tenant.");
  }
  if (call.caller->user_id == user_id) {
    co_return Error(Errc::conflict, "You cannot move your own account. Another administrator can.");
  }
  CO_TRY(co_await refuse_bots_account(console, user));
  // The flag goes first: in between, the account may do less than before and than afterwards.
  if (user.account.admin) {
    CO_TRY(co_await console.people.homeserver.set_admin(user_id, false));
  }
  CO_TRY(co_await console.people.tenants.move(user_id, house));
  if (user.principal.role == net::Role::admin && house != identity::kDefaultTenant) {
    CO_TRY(co_await console.people.principals.set_role(user_id, net::Role::admin));
  }
  co_return Unit{};
}

Task<Response> change_user(UserApi& console, Call& call) {
  auto user_id = full_user_id(console.people, call.param("user_id"));
  CO_TRY(auto user, co_await find_user(console.people, call, user_id));
  boost::json::object detail;
  if (auto house = matrix::find_integer(call.body.as_object(), "tenant_id")) {
    CO_TRY(co_await move_to_tenant(console, call, user, *house));
    CO_TRY(user, co_await find_user(console.people, call, user_id));
    detail["tenant_id"] = *house;
  }
  if (auto role_name = net::optional_body_text(call, "role")) {
    auto role = identity::parse_role(*role_name).value_or(net::Role::member);
    if (role != net::Role::admin) {
      if (call.caller->user_id == user_id && user.principal.role == net::Role::admin) {
        co_return Error(Errc::conflict, "You cannot take the role admin from yourself. Another administrator can.");
      }
      CO_TRY(co_await keep_an_admin(console, user.account));
    }
    CO_TRY(co_await give_role(console.people, call, user, role));
    detail["role"] = *role_name;
  }
  if (auto name = net::optional_body_text(call, "display_name")) {
    CO_TRY(co_await console.people.homeserver.set_display_name(user_id, *name));
    detail["display_name"] = *name;
  }
  co_await api::audit(console.kit, call, "user.change", user_id, std::move(detail));
  api::ring_users(console.kit);
  co_return co_await show(console, user_id);
}

Task<Response> deactivate_user(UserApi& console, Call& call) {
  auto user_id = full_user_id(console.people, call.param("user_id"));
  if (full_user_id(console.people, net::body_text(call, "confirm")) != user_id) {
    co_return Error(Errc::invalid_param, "confirm must repeat the user id " + user_id + ": this cannot be undone.");
  }
  if (call.caller->user_id == user_id) {
    co_return Error(Errc::conflict, "You cannot close your own account here. Another administrator can.");
  }
  CO_TRY(auto user, co_await find_user(console.people, call, user_id));
  CO_TRY(co_await keep_an_admin(console, user.account));
  CO_TRY(co_await refuse_bots_account(console, user));
  CO_TRY(co_await console.people.homeserver.deactivate(user_id));
  CO_TRY(co_await console.people.principals.disable(user_id));
  co_await api::audit(console.kit, call, "user.deactivate", user_id);
  api::ring_users(console.kit);
  co_return co_await show(console, user_id);
}

Task<Response> set_locked(UserApi& console, Call& call, bool locked) {
  auto user_id = full_user_id(console.people, call.param("user_id"));
  if (locked && call.caller->user_id == user_id) {
    co_return Error(Errc::conflict, "You cannot lock your own account. Another administrator can.");
  }
  CO_TRY(auto user, co_await find_user(console.people, call, user_id));
  if (user.account.deactivated) {
    co_return Error(Errc::conflict, "This account was closed for ever. It can be neither locked nor opened again.");
  }
  if (locked) {
    CO_TRY(co_await keep_an_admin(console, user.account));
    CO_TRY(co_await refuse_bots_account(console, user));
  }
  CO_TRY(co_await console.people.homeserver.set_locked(user_id, locked));
  // A homeserver elsewhere tells nobody.
  CO_TRY(auto account, co_await console.people.homeserver.account(user_id));
  CO_TRY(co_await console.people.principals.for_account(std::move(account)));
  co_await api::audit(console.kit, call, locked ? "user.lock" : "user.unlock", user_id);
  api::ring_users(console.kit);
  co_return co_await show(console, user_id);
}
Task<Response> lock_user(UserApi& console, Call& call) { co_return co_await set_locked(console, call, true); }
Task<Response> unlock_user(UserApi& console, Call& call) { co_return co_await set_locked(console, call, false); }

}  // namespace

void add_user_routes(net::Router& routes, UserApi& console) {
  const api::Group group(routes, {.prefix = "/api/v1/users", .needs = Access::admin, .scope = "users", .tag = "users"});
  group.add({.method = "GET",
             .summary = "List accounts",
             .needs = Access::operator_,
             .reply = TROUPE_REF("UserPage"),
             .query = paging_params(user_query_params()),
             .run = api::bind(list_accounts, console)});
  group.add({.method = "GET",
             .path = "/export",
             .summary = "The same list as a CSV file",
             .needs = Access::operator_,
             .reply = R"({"type":"string"})",
             .query = user_query_params(),
             .reply_type = "text/csv",
             .run = api::bind(export_accounts, console)});
  group.add({.method = "POST",
             .summary = "Make an account",
             .body = TROUPE_REF("NewUser"),
             .reply = TROUPE_REF("CreatedUser"),
             .status = 201,
             .run = api::bind(create_user, console)});
  group.add({.method = "GET",
             .path = "/{user_id}",
             .summary = "One account, by local part or user id",
             .needs = Access::operator_,
             .reply = TROUPE_REF("User"),
             .run = api::bind(get_user, console)});
  group.add({.method = "PATCH",
             .path = "/{user_id}",
             .summary = "Change name, role or tenant",
             .body = TROUPE_REF("UserPatch"),
             .reply = TROUPE_REF("User"),
             .run = api::bind(change_user, console)});
  group.add({.method = "POST",
             .path = "/{user_id}/deactivate",
             .summary = "Close an account for ever; its name stays taken",
             .body = TROUPE_REF("Confirm"),
             .reply = TROUPE_REF("User"),
             .run = api::bind(deactivate_user, console)});
  group.add({.method = "POST",
             .path = "/{user_id}/lock",
             .summary = "Lock an account: it can do nothing until it is unlocked",
             .reply = TROUPE_REF("User"),
             .run = api::bind(lock_user, console)});
  group.add({.method = "POST",
             .path = "/{user_id}/unlock",
             .summary = "Unlock an account",
             .reply = TROUPE_REF("User"),
             .run = api::bind(unlock_user, console)});
}

}  // namespace troupe::console
