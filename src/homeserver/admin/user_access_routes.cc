// Synapse's admin API: who may do what with an account: its end, its password, the admin right, tokens for it.
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/user_routes.h"
#include "homeserver/admin/user_shapes.h"

namespace troupe::homeserver::admin {
namespace {

using net::route::Call;

constexpr std::size_t kMaxShortBody = 16UL * 1024;

Task<net::http::Response> post_deactivate(UserAdminApi& api, Call& call) {
  CO_TRY(const auto wanted, api::body_of<accounts::DeactivateBody>(call));
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  CO_TRY(co_await api.accounts.deactivate(account.user_id, wanted.erase));
  co_await api.audit.record(call, "user.deactivate", account.user_id, {{"erase", wanted.erase}});
  co_return api::answer(accounts::Deactivated());
}

Task<net::http::Response> post_reset_password(UserAdminApi& api, Call& call) {
  CO_TRY(auto wanted, api::body_of<ResetPasswordBody>(call));
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  auto keep = account.user_id == call.caller->user_id ? call.caller->device_id : std::string();
  CO_TRY(co_await api.accounts.set_password(account.user_id, std::move(wanted.new_password), wanted.logout_devices,
                                            std::move(keep)));
  co_await api.audit.record(call, "user.password", account.user_id, {{"logout_devices", wanted.logout_devices}});
  co_return api::answer(accounts::Nothing());
}

Task<net::http::Response> put_suspend(UserAdminApi& api, Call& call) {
  CO_TRY(const auto wanted, api::body_of<SuspendBody>(call));
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  if (wanted.suspend && account.user_id == call.caller->user_id) co_return refused("You may not suspend yourself.");
  if (wanted.suspend && account.admin) co_return refused("Administrators cannot be suspended: take the right first.");
  CO_TRY(co_await api.accounts.set_suspended(account.user_id, wanted.suspend));
  co_await api.audit.record(call, wanted.suspend ? "user.suspend" : "user.unsuspend", account.user_id);
  co_return json_response({{"user_" + account.user_id + "_suspended", wanted.suspend}});
}

Task<net::http::Response> set_shadow_ban(UserAdminApi& api, Call& call, bool banned) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  if (banned && account.admin) co_return refused("Administrators cannot be shadow-banned: take the right first.");
  CO_TRY(co_await api.accounts.set_shadow_banned(account.user_id, banned));
  co_await api.audit.record(call, banned ? "user.shadow_ban" : "user.shadow_unban", account.user_id);
  co_return api::answer(accounts::Nothing());
}
Task<net::http::Response> post_shadow_ban(UserAdminApi& api, Call& call) { return set_shadow_ban(api, call, true); }
Task<net::http::Response> delete_shadow_ban(UserAdminApi& api, Call& call) { return set_shadow_ban(api, call, false); }

Task<net::http::Response> get_admin(UserAdminApi& api, Call& call) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  co_return api::answer(AdminFlag{.admin = account.admin});
}

Task<net::http::Response> put_admin(UserAdminApi& api, Call& call) {
  CO_TRY(const auto wanted, api::body_of<AdminFlag>(call));
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  CO_TRY(co_await api.changes.set_admin(call.caller->user_id, account.user_id, wanted.admin));
  co_await api.audit.record(call, "user.change", account.user_id, {{"admin", wanted.admin}});
  co_return api::answer(accounts::Nothing());
}

Task<net::http::Response> post_login(UserAdminApi& api, Call& call) {
  CO_TRY(const auto wanted, api::body_of<LoginAsBody>(call));
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  if (account.user_id == call.caller->user_id) co_return refused("You are signed in as this user already.");
  CO_TRY(auto token, co_await api.devices.issue_without_device(account.user_id, wanted.valid_until_ms));
  co_await api.audit.record(call, "user.login_as", account.user_id);
  co_return api::answer(AccessToken{.access_token = std::move(token)});
}

}  // namespace

void add_user_access_routes(net::route::Router& router, UserAdminApi& api) {
  const auto group = admin_group(router, "/v1");
  group.add({.method = "POST",
             .path = "/deactivate/{user_id}",
             .summary = "Deactivate an account: it signs out and leaves its rooms",
             .body = api::schema_text<accounts::DeactivateBody>(),
             .takes = net::route::Body::json_object,
             .max_body_bytes = kMaxShortBody,
             .reply = api::schema_text<accounts::Deactivated>(),
             .deadline = std::chrono::minutes(2),  // leaves every room
             .run = api::bind(post_deactivate, api)});
  group.add({.method = "PUT",
             .path = "/suspend/{user_id}",
             .summary = "Suspend an account: it may read, but not take part",
             .body = api::schema_text<SuspendBody>(),
             .max_body_bytes = kMaxShortBody,
             .reply = R"({"type":"object","additionalProperties":{"type":"boolean"}})",
             .run = api::bind(put_suspend, api)});
  group.add({.method = "POST",
             .path = "/users/{user_id}/shadow_ban",
             .summary = "Have nobody hear what an account sends, without telling it",
             .max_body_bytes = kMaxShortBody,
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(post_shadow_ban, api)});
  group.add({.method = "DELETE",
             .path = "/users/{user_id}/shadow_ban",
             .summary = "Have it heard again",
             .max_body_bytes = kMaxShortBody,
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(delete_shadow_ban, api)});
  group.add({.method = "POST",
             .path = "/reset_password/{user_id}",
             .summary = "Set a password",
             .body = api::schema_text<ResetPasswordBody>(),
             .max_body_bytes = kMaxShortBody,
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(post_reset_password, api)});
  group.add({.method = "GET",
             .path = "/users/{user_id}/admin",
             .summary = "Whether an account administers the server",
             .reply = api::schema_text<AdminFlag>(),
             .run = api::bind(get_admin, api)});
  group.add({.method = "PUT",
             .path = "/users/{user_id}/admin",
             .summary = "Give or take the right to administer the server",
             .body = api::schema_text<AdminFlag>(),
             .max_body_bytes = kMaxShortBody,
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(put_admin, api)});
  group.add({.method = "POST",
             .path = "/users/{user_id}/login",
             .summary = "An access token that acts as the user and belongs to no device",
             .body = api::schema_text<LoginAsBody>(),
             .takes = net::route::Body::json_object,
             .max_body_bytes = kMaxShortBody,
             .reply = api::schema_text<AccessToken>(),
             .run = api::bind(post_login, api)});
}

}  // namespace troupe::homeserver::admin
