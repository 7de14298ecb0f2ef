// /api/v1/users: the accounts of the homeserver with their roles here.
#include "console/users/user_routes.h"
#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "base/crypto.h"
#include "base/field_errors.h"
#include "console/shapes/csv.h"
#include "console/users/mistakes.h"
#include "console/users/user_query.h"
#include "console/users/user_shapes.h"

namespace troupe::console::users {
namespace {

using namespace api::words;
using api::page;
using api::Paging;
using api::paging_params;

constexpr std::size_t kGeneratedPasswordLength = 20;
constexpr std::int64_t kExportPage = 1'000;
constexpr std::int64_t kMostExported = 1'000'000;

/// The account as it is now.
Task<Response> show_now(UserApi& console, const Call& call, std::string user_id) {
  CO_TRY(const auto user, co_await console.people(call).find(user_id));
  CO_TRY(const auto entry, co_await user.entry_with_ways_in());
  co_return api::answer(entry);
}

/// A bot's account goes with the bot. Error: conflict.
Task<Unit> refuse_bots_account(UserApi& console, const people::ReachedUser& user) {
  CO_TRY(auto bot_id, co_await console.bots.bot_of_account(user.principal().tenant_id, user.user_id()));
  if (!bot_id) co_return Unit{};
  co_return Error(Errc::conflict, "This account belongs to bot " + *bot_id + ". Stop or delete the bot.");
}

Task<Response> list_users(UserApi& console, Call& call) {
  CO_TRY(auto query, user_query(call.request));
  const Paging at{.from = query.accounts.from, .limit = query.accounts.limit};
  CO_TRY(auto found, co_await console.people(call).list(std::move(query)));
  co_return reply(page(api::write_all(found.items), found.total, at));
}

/// The same list as a file; its first columns are those that an import reads.
Task<Response> export_users(UserApi& console, Call& call) {
  CO_TRY(auto query, user_query(call.request));
  query.accounts.from = 0;
  query.accounts.limit = kExportPage;
  std::string text = "username,display_name,role,kind,state,user_id,created_at\r\n";
  for (;; query.accounts.from += kExportPage) {
    CO_TRY(auto found, co_await console.people(call).list(query));
    for (const auto& user : found.items) {
      const auto& account = user.account;
      shapes::append_csv_row(text, {people::username(account.user_id), account.display_name,
                                    identity::to_string(user.principal.role), identity::to_string(user.principal.kind),
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
  co_return shapes::csv_response(std::move(text), "users.csv");
}

Task<Response> create_user(UserApi& console, Call& call) {
  CO_TRY(auto body, api::body_of<NewUserBody>(call));
  const auto role = body.role.value_or(net::route::Role::member);
  std::optional<std::string> generated;
  if (!body.password) body.password = generated = base::random_alphanumeric(kGeneratedPasswordLength);
  matrix::NewAccount wanted{.localpart = std::move(body.username),
                            .password = std::move(body.password),
                            .kind = matrix::AccountKind::person,
                            .admin = false,
                            .display_name = std::move(body.display_name)};
  if (wanted.localpart.starts_with("bot_")) {
    co_return base::field_error("/username", "Names that start with bot_ belong to bots. Choose another name.");
  }
  CO_TRY(check_display_name(wanted.display_name));
  auto tried = co_await console.people(call).create(std::move(wanted), role);
  if (!tried && tried.error().wire_code() == "M_PASSWORD_TOO_SHORT") {
    co_return placed_password(std::move(tried).error());
  }
  if (!tried && (tried.error().code() == Errc::user_in_use || tried.error().code() == Errc::invalid_param)) {
    co_return base::placed_under(std::move(tried).error(), "/username");
  }
  CO_TRY(auto made, std::move(tried));
  co_await api::audit(console.kit, call, "user.create", made.user_id(), {{"role", identity::to_string(role)}});
  api::ring_users(console.kit);
  co_return api::answer(CreatedUser{.user = made.entry(), .generated_password = std::move(generated)}, 201);
}

Task<Response> get_user(UserApi& console, Call& call) { return show_now(console, call, call.param("user_id")); }

Task<Response> change_user(UserApi& console, Call& call) {
  CO_TRY(const auto patch, api::body_of<UserPatchBody>(call));
  if (patch.display_name) CO_TRY(check_display_name(*patch.display_name));
  const auto people = console.people(call);
  CO_TRY(auto user, co_await people.find(call.param("user_id")));
  boost::json::object detail;
  if (patch.tenant_id) {
    CO_TRY(user.check_move(*patch.tenant_id));
    if (*patch.tenant_id != user.principal().tenant_id) {
      CO_TRY(co_await refuse_bots_account(console, user));
    }
    CO_TRY(co_await user.move(*patch.tenant_id));
    CO_TRY(user, co_await people.find(user.user_id()));
    detail["tenant_id"] = *patch.tenant_id;
  }
  if (patch.role) {
    CO_TRY(co_await user.give_role(*patch.role));
    detail["role"] = identity::to_string(*patch.role);
  }
  if (patch.display_name) {
    CO_TRY(co_await user.set_display_name(*patch.display_name));
    detail["display_name"] = *patch.display_name;
  }
  co_await api::audit(console.kit, call, "user.change", user.user_id(), std::move(detail));
  api::ring_users(console.kit);
  co_return co_await show_now(console, call, user.user_id());
}

Task<Response> deactivate_user(UserApi& console, Call& call) {
  CO_TRY(const auto body, api::body_of<ConfirmBody>(call));
  auto user_id = console.people.user_id(call.param("user_id"));
  if (console.people.user_id(body.confirm) != user_id) {
    co_return base::field_error("/confirm", "confirm must repeat the user id " + user_id + ": this cannot be undone.");
  }
  CO_TRY(const auto user, co_await console.people(call).find(user_id));
  CO_TRY(co_await refuse_bots_account(console, user));
  CO_TRY(co_await user.close());
  co_await api::audit(console.kit, call, "user.deactivate", user_id);
  api::ring_users(console.kit);
  co_return co_await show_now(console, call, user_id);
}

Task<Response> lock_user(UserApi& console, Call& call) {
  CO_TRY(const auto user, co_await console.people(call).find(call.param("user_id")));
  CO_TRY(co_await refuse_bots_account(console, user));
  CO_TRY(co_await user.set_locked(true));
  co_await api::audit(console.kit, call, "user.lock", user.user_id());
  api::ring_users(console.kit);
  co_return co_await show_now(console, call, user.user_id());
}

Task<Response> unlock_user(UserApi& console, Call& call) {
  CO_TRY(const auto user, co_await console.people(call).find(call.param("user_id")));
  CO_TRY(co_await user.set_locked(false));
  co_await api::audit(console.kit, call, "user.unlock", user.user_id());
  api::ring_users(console.kit);
  co_return co_await show_now(console, call, user.user_id());
}

}  // namespace

void add_user_routes(net::route::Router& routes, UserApi& console) {
  const api::Group group(routes,
                         {.prefix = "/api/v1/users", .needs = Access::admin, .scope = "users", .tag = kUsersTag});
  group.add({.method = "GET",
             .summary = "List accounts",
             .needs = Access::operator_,
             .reply = TROUPE_REF("UserPage"),
             .query = paging_params(user_query_params()),
             .run = api::bind(list_users, console)});
  group.add({.method = "GET",
             .path = "/export",
             .summary = "The same list as a CSV file",
             .needs = Access::operator_,
             .reply = R"({"type":"string"})",
             .query = user_query_params(),
             .reply_type = "text/csv",
             .run = api::bind(export_users, console)});
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

}  // namespace troupe::console::users
