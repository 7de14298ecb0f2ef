// Profiles and the directory of users.
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/profile_service.h"
#include "homeserver/client_route.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;
using Profiles = std::shared_ptr<ProfileService>;

constexpr std::size_t kMaxSearchTermBytes = 256;
constexpr std::int64_t kMaxSearchResults = 50;

Task<net::Response> get_profile(Profiles profiles, net::Call& call) {
  CO_TRY(auto profile, co_await profiles->get(call.param("user_id")));
  co_return json_response(profile);
}

Task<net::Response> get_field(Profiles profiles, net::Call& call) {
  const auto& name = call.param("field");
  CO_TRY(auto value, co_await profiles->get_field(call.param("user_id"), name));
  co_return json_response({{name, std::move(value)}});
}

/// Oneself, or an administrator.
Result<Unit> check_may_change(const net::Call& call) {
  if (call.caller->role == net::Role::admin) return Unit{};
  return require_self(call, call.param("user_id"));
}

Task<net::Response> put_field(Profiles profiles, net::Call& call) {
  CO_TRY(check_may_change(call));
  const auto& name = call.param("field");
  const auto* value = matrix::find(net::body_object(call), name);
  if (!value) co_return Error(Errc::missing_param, "The body must have the member \"" + name + "\".");
  CO_TRY(co_await profiles->set_field(call.param("user_id"), name, *value));
  co_return json_response({});
}

Task<net::Response> delete_field(Profiles profiles, net::Call& call) {
  CO_TRY(check_may_change(call));
  CO_TRY(co_await profiles->delete_field(call.param("user_id"), call.param("field")));
  co_return json_response({});
}

/// POST /user_directory/search. NOTSPEC: finds every active account of this server, also without a room in common:
/// on a server for one organisation that is how people and bots find each other.
Task<net::Response> search_users(AccountServices services, net::Call& call) {
  const auto& body = net::body_object(call);
  CO_TRY(auto term, net::required_string(body, "search_term", kMaxSearchTermBytes));
  CO_TRY(auto wanted, net::optional_integer(body, "limit"));
  const auto limit = std::clamp<std::int64_t>(wanted.value_or(10), 1, kMaxSearchResults);
  auto look = [&](store::Connection& connection) -> Result<std::vector<DirectoryEntry>> {
    const auto user = services.accounts.resolve_user(term);
    auto found = profile_store::search(connection, term, limit + 1);
    if (!term.starts_with('@') || !user) return found;
    // A whole user id was typed: it is no part of a local part or display name.
    const auto exact = account_store::find_public(connection, *user);
    if (exact && !exact->deactivated) {
      found.insert(found.begin(), {exact->user_id, exact->display_name, exact->avatar_url});
    }
    return found;
  };
  CO_TRY(auto found, co_await services.db.read(look));
  JsonArray results;
  for (const auto& entry : found) {
    if (static_cast<std::int64_t>(results.size()) == limit) break;
    JsonObject shown{{"user_id", entry.user_id}};
    if (!entry.display_name.empty()) shown["display_name"] = entry.display_name;
    if (!entry.avatar_url.empty()) shown["avatar_url"] = entry.avatar_url;
    results.push_back(std::move(shown));
  }
  const bool limited = found.size() > results.size();
  co_return json_response({{"results", std::move(results)}, {"limited", limited}});
}

}  // namespace

void add_profile_routes(net::Router& router, AccountServices services) {
  auto profiles = std::make_shared<ProfileService>(services.db, services.hooks);
  auto all =
      matrix_route("GET", "/profile/{user_id}", [profiles](net::Call& call) { return get_profile(profiles, call); });
  const auto readers = services.settings.profiles_need_token ? net::Access::user : net::Access::open;
  all.needs = readers;
  add_client_route(router, std::move(all));

  auto get = matrix_route("GET", "/profile/{user_id}/{field}",
                          [profiles](net::Call& call) { return get_field(profiles, call); });
  get.needs = readers;
  add_client_route(router, std::move(get));

  auto put = matrix_route("PUT", "/profile/{user_id}/{field}",
                          [profiles](net::Call& call) { return put_field(profiles, call); });
  put.rate = net::Rate::write;
  put.body = net::Body::json_required;
  put.max_body_bytes = 80 * 1024;
  put.deadline = std::chrono::minutes(2);  // writes a member event into every joined room
  add_client_route(router, std::move(put));

  auto remove = matrix_route("DELETE", "/profile/{user_id}/{field}",
                             [profiles](net::Call& call) { return delete_field(profiles, call); });
  remove.rate = net::Rate::write;
  remove.body = net::Body::none;
  remove.deadline = std::chrono::minutes(2);
  add_client_route(router, std::move(remove));

  auto search = matrix_route("POST", "/user_directory/search",
                             [services](net::Call& call) { return search_users(services, call); });
  search.body = net::Body::json_required;
  search.max_body_bytes = 16 * 1024;
  add_client_route(router, std::move(search));
}

}  // namespace troupe::homeserver
