// Synapse's admin API: one account, shown, made and changed.
#include "homeserver/admin/user_routes.h"

#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/user_shapes.h"

namespace troupe::homeserver::admin {
namespace {

using net::route::Call;

/// The account as it is now. Error: not_found.
Task<net::http::Response> show_user(UserAdminApi& api, std::string user_id, int status = 200) {
  auto look = [&user_id](store::Connection& connection) -> Result<UserDetails> {
    auto user = user_store::find(connection, user_id);
    if (!user) return Error(Errc::not_found, "There is no such user on this server.");
    return UserDetails{.user = *std::move(user),
                       .threepids = accounts::identifier_store::third_party_ids(connection, user_id),
                       .external_ids = accounts::identifier_store::external_ids(connection, user_id)};
  };
  CO_TRY(const auto details, co_await api.db.read(look));
  co_return api::answer(details, status);
}

Task<net::http::Response> get_user(UserAdminApi& api, Call& call) {
  CO_TRY(auto user_id, local_user(api.accounts, call));
  co_return co_await show_user(api, std::move(user_id));
}

/// What of an account was changed, for the audit log.
boost::json::object detail_of(const UserBody& body) {
  boost::json::object detail;
  if (body.display_name) detail["display_name"] = *body.display_name;
  if (body.admin) detail["admin"] = *body.admin;
  if (body.locked) detail["locked"] = *body.locked;
  if (body.deactivated) detail["deactivated"] = *body.deactivated;
  if (body.user_type) detail["user_type"] = *body.user_type;
  if (body.password) detail["password"] = true;
  return detail;
}

Task<net::http::Response> put_user(UserAdminApi& api, Call& call) {
  CO_TRY(auto user_id, local_user(api.accounts, call));
  CO_TRY(auto body, api::body_of<UserBody>(call));
  auto detail = detail_of(body);
  const auto* type = net::route::body_object(call).if_contains("user_type");
  UserChange change{.by = call.caller->user_id,
                    .by_device = call.caller->device_id,
                    .user_id = user_id,
                    .body = std::move(body),
                    .clears_type = type && type->is_null()};
  CO_TRY(const bool made, co_await api.changes.put(std::move(change)));
  co_await api.audit.record(call, made ? "user.create" : "user.change", user_id, std::move(detail));
  co_return co_await show_user(api, std::move(user_id), made ? 201 : 200);
}

}  // namespace

void add_user_routes(net::route::Router& router, UserAdminApi& api) {
  const auto group = admin_group(router, "/v2/users/{user_id}");
  group.add({.method = "GET",
             .summary = "One account",
             .reply = api::schema_text<UserDetails>(),
             .run = api::bind(get_user, api)});
  group.add({.method = "PUT",
             .summary = "Make an account (201) or change one (200)",
             .body = api::schema_text<UserBody>(),
             .reply = api::schema_text<UserDetails>(),
             .deadline = std::chrono::minutes(2),  // a deactivated account leaves every room
             .run = api::bind(put_user, api)});
}

}  // namespace troupe::homeserver::admin
