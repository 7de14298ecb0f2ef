// /api/v1/users: the accounts of the homeserver with their roles here.
#include "base/crypto.h"
#include "base/field_errors.h"
#include "console/api.h"
#include "console/shapes/schema.h"
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

Task<boost::json::object> view_of(Api& api, matrix::Account account) {
  CO_TRY(auto principal, co_await api.principals.for_account(account));
  co_return user_view(account, principal);
}

/// The view of an account as it is now.
Task<Response> show(Api& api, std::string user_id) {
  CO_TRY(auto account, co_await api.homeserver.account(std::move(user_id)));
  CO_TRY(auto view, co_await view_of(api, std::move(account)));
  co_return reply(view);
}

/// Refuses what would leave nobody who may administer. Error: conflict.
Task<Unit> keep_an_admin(Api& api, matrix::Account account) {
  if (!account.admin || account.deactivated || account.locked) co_return Unit{};
  matrix::AccountQuery admins{.admin = true, .locked = false, .deactivated = false, .limit = 1};
  CO_TRY(auto found, co_await api.homeserver.accounts(std::move(admins)));
  if (found.total > 1) co_return Unit{};
  co_return Error(Errc::conflict, account.user_id + " is the last administrator. Make another one first.");
}

/// A bot's account goes with the bot. Error: conflict.
Task<Unit> refuse_bots_account(Api& api, UserEntry user) {
  CO_TRY(auto bots, co_await api.bots.list(user.principal.tenant_id, user.account.user_id, 0, 10));
  for (const auto& view : bots.items) {
    if (view.bot.user_id == user.account.user_id) {
      co_return Error(Errc::conflict, "This account belongs to bot " + view.bot.bot_id + ". Stop or delete the bot.");
    }
  }
  co_return Unit{};
}

Task<Response> list(Api& api, Call& call) {
  CO_TRY(auto query, user_query(call.request));
  const Paging at{.from = query.accounts.from, .limit = query.accounts.limit};
  query.tenant_id = visible_tenant(call);
  CO_TRY(auto found, co_await list_users(api, std::move(query)));
  boost::json::array items;
  for (const auto& entry : found.items) items.push_back(user_view(entry.account, entry.principal));
  co_return reply(page(std::move(items), found.total, at));
}

/// The same list as a file; its first columns are those that an import reads.
Task<Response> export_list(Api& api, Call& call) {
  CO_TRY(auto query, user_query(call.request));
  query.accounts.from = 0;
  query.accounts.limit = kExportPage;
  query.tenant_id = visible_tenant(call);
  std::string text = "username,display_name,role,kind,state,user_id,created_at\r\n";
  for (;; query.accounts.from += kExportPage) {
    CO_TRY(auto found, co_await list_users(api, query));
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

Task<Response> create(Api& api, Call& call) {
  auto role = identity::parse_role(optional_text(call, "role").value_or("member")).value_or(net::Role::member);
  auto password = optional_text(call, "password");
  bool generated = !password;
  if (generated) password = base::random_alphanumeric(kGeneratedPasswordLength);
  matrix::NewAccount wanted{.localpart = text(call, "username"),
                            .password = password,
                            .kind = matrix::AccountKind::person,
                            .admin = false,
                            .display_name = text(call, "display_name")};
  if (wanted.localpart.starts_with("bot_")) {
    co_return base::field_error("/username", "Names that start with bot_ belong to bots. Choose another name.");
  }
  auto tried = co_await make_user(api, call, std::move(wanted), role);
  if (!tried && (tried.error().code() == Errc::user_in_use || tried.error().code() == Errc::invalid_param)) {
    co_return base::placed_under(std::move(tried).error(), "/username");
  }
  CO_TRY(auto made, std::move(tried));
  co_await audit(api, call, "user.create", made.account.user_id, {{"role", identity::to_string(role)}});
  ring_users(api);
  boost::json::object body{{"user", user_view(made.account, made.principal)}};
  if (generated) body["generated_password"] = *password;
  co_return reply(body, 201);
}

Task<Response> get(Api& api, Call& call) {
  CO_TRY(auto user, co_await find_user(api, call, full_user_id(api, call.param("user_id"))));
  co_return reply(user_view(user.account, user.principal));
}

/// Moves an account to another tenant; an administrator stays one there, without the homeserver's flag. Errors:
/// forbidden, not_found, conflict (a bot's account, one's own, the last administrator of the default tenant).
Task<Unit> move(Api& api, const Call& call, UserEntry user, std::int64_t house) {
  const auto user_id = user.account.user_id;
  if (visible_tenant(call)) {
    co_return Error(Errc::forbidden, "Only administrators of the default tenant move accounts between tenants.");
  }
  if (user.principal.tenant_id == house) co_return Unit{};
  CO_TRY(auto all, co_await api.tenants.list());
  if (std::ranges::find(all, house, &identity::Tenant::id) == all.end()) {
    co_return Error(Errc::not_found, "There is no such tenant.");
  }
  if (call.caller->user_id == user_id) {
    co_return Error(Errc::conflict, "You cannot move your own account. Another administrator can.");
  }
  CO_TRY(co_await refuse_bots_account(api, user));
  // The flag goes first: in between, the account may do less than before and than afterwards.
  if (user.account.admin) {
    CO_TRY(co_await api.homeserver.set_admin(user_id, false));
  }
  CO_TRY(co_await api.tenants.move(user_id, house));
  if (user.principal.role == net::Role::admin && house != identity::kDefaultTenant) {
    CO_TRY(co_await api.principals.set_role(user_id, net::Role::admin));
  }
  co_return Unit{};
}

Task<Response> change(Api& api, Call& call) {
  auto user_id = full_user_id(api, call.param("user_id"));
  CO_TRY(auto user, co_await find_user(api, call, user_id));
  boost::json::object detail;
  if (auto house = matrix::find_integer(call.body.as_object(), "tenant_id")) {
    CO_TRY(co_await move(api, call, user, *house));
    CO_TRY(user, co_await find_user(api, call, user_id));
    detail["tenant_id"] = *house;
  }
  if (auto role_name = optional_text(call, "role")) {
    auto role = identity::parse_role(*role_name).value_or(net::Role::member);
    if (role != net::Role::admin) {
      if (call.caller->user_id == user_id && user.principal.role == net::Role::admin) {
        co_return Error(Errc::conflict, "You cannot take the role admin from yourself. Another administrator can.");
      }
      CO_TRY(co_await keep_an_admin(api, user.account));
    }
    CO_TRY(co_await give_role(api, call, user, role));
    detail["role"] = *role_name;
  }
  if (auto name = optional_text(call, "display_name")) {
    CO_TRY(co_await api.homeserver.set_display_name(user_id, *name));
    detail["display_name"] = *name;
  }
  co_await audit(api, call, "user.change", user_id, std::move(detail));
  ring_users(api);
  co_return co_await show(api, user_id);
}

Task<Response> deactivate(Api& api, Call& call) {
  auto user_id = full_user_id(api, call.param("user_id"));
  if (full_user_id(api, text(call, "confirm")) != user_id) {
    co_return Error(Errc::invalid_param, "confirm must repeat the user id " + user_id + ": this cannot be undone.");
  }
  if (call.caller->user_id == user_id) {
    co_return Error(Errc::conflict, "You cannot close your own account here. Another administrator can.");
  }
  CO_TRY(auto user, co_await find_user(api, call, user_id));
  CO_TRY(co_await keep_an_admin(api, user.account));
  CO_TRY(co_await refuse_bots_account(api, user));
  CO_TRY(co_await api.homeserver.deactivate(user_id));
  CO_TRY(co_await api.principals.disable(user_id));
  co_await audit(api, call, "user.deactivate", user_id);
  ring_users(api);
  co_return co_await show(api, user_id);
}

Task<Response> set_locked(Api& api, Call& call, bool locked) {
  auto user_id = full_user_id(api, call.param("user_id"));
  if (locked && call.caller->user_id == user_id) {
    co_return Error(Errc::conflict, "You cannot lock your own account. Another administrator can.");
  }
  CO_TRY(auto user, co_await find_user(api, call, user_id));
  if (user.account.deactivated) {
    co_return Error(Errc::conflict, "This account was closed for ever. It can be neither locked nor opened again.");
  }
  if (locked) {
    CO_TRY(co_await keep_an_admin(api, user.account));
    CO_TRY(co_await refuse_bots_account(api, user));
  }
  CO_TRY(co_await api.homeserver.set_locked(user_id, locked));
  // A homeserver elsewhere tells nobody.
  CO_TRY(auto account, co_await api.homeserver.account(user_id));
  CO_TRY(co_await api.principals.for_account(std::move(account)));
  co_await audit(api, call, locked ? "user.lock" : "user.unlock", user_id);
  ring_users(api);
  co_return co_await show(api, user_id);
}
Task<Response> lock(Api& api, Call& call) { co_return co_await set_locked(api, call, true); }
Task<Response> unlock(Api& api, Call& call) { co_return co_await set_locked(api, call, false); }

}  // namespace

void add_user_routes(Api& api) {
  const std::string all = "/api/v1/users", one = all + "/{user_id}";
  auto add = [&](std::string method, std::string path, Access needs, std::string summary, std::string_view reply_schema,
                 ApiHandler handler, std::string_view body_schema = {}, int good_status = 200) {
    ApiRoute route{.method = std::move(method), .path = std::move(path), .needs = needs, .scope = "users"};
    route.tag = "users";
    route.summary = std::move(summary);
    route.reply = reply_schema;
    route.body = body_schema;
    route.good_status = good_status;
    add_route(api, std::move(route), handler);
  };
  add_route(api,
            {.method = "GET",
             .path = all,
             .needs = Access::operator_,
             .scope = "users",
             .tag = "users",
             .summary = "List accounts",
             .reply = TROUPE_REF("UserPage"),
             .query = paging_params(user_query_params())},
            list);
  add_route(api,
            {.method = "GET",
             .path = all + "/export",
             .needs = Access::operator_,
             .scope = "users",
             .tag = "users",
             .summary = "The same list as a CSV file",
             .reply = R"({"type":"string"})",
             .query = user_query_params(),
             .reply_type = "text/csv"},
            export_list);
  add("POST", all, Access::admin, "Make an account", TROUPE_REF("CreatedUser"), create, TROUPE_REF("NewUser"), 201);
  add("GET", one, Access::operator_, "One account, by local part or user id", TROUPE_REF("User"), get);
  add("PATCH", one, Access::admin, "Change name, role or tenant", TROUPE_REF("User"), change, TROUPE_REF("UserPatch"));
  add("POST", one + "/deactivate", Access::admin, "Close an account for ever; its name stays taken", TROUPE_REF("User"),
      deactivate, TROUPE_REF("Confirm"));
  add("POST", one + "/lock", Access::admin, "Lock an account: it can do nothing until it is unlocked",
      TROUPE_REF("User"), lock);
  add("POST", one + "/unlock", Access::admin, "Unlock an account", TROUPE_REF("User"), unlock);
}

}  // namespace troupe::console
