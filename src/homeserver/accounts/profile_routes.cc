// Profiles and the directory of users.
#include "base/text.h"
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::accounts {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMaxSearchTermBytes = 256;
constexpr std::int64_t kMaxSearchResults = 50;

/// Somebody whom nobody knows may be a bridge's user, whom it makes when asked.
/// Profiles may be open to everybody, so the address counts. Names of no bridge cost nothing here.
Task<Unit> look_for(ProfileApi& api, const net::route::Call& call) {
  if (!api.queries) co_return Unit{};
  auto is_there = [&profiles = api.profiles, user_id = call.param("user_id")]() -> Task<bool> {
    const auto profile = co_await profiles.get(user_id);
    if (!profile && profile.error().code() != Errc::not_found) co_return std::unexpected(profile.error());
    co_return profile.has_value();
  };
  const auto service = service_by_token(api.services, call.request);
  appservice::Asker asker{.who = std::string(net::route::rate_key_of_address(call.request.remote_address)),
                          .service = service ? *service : nullptr};
  CO_TRY(co_await api.queries->find_user(std::move(asker), call.param("user_id"), is_there));
  co_return Unit{};
}

Task<net::http::Response> get_profile(ProfileApi& api, net::route::Call& call) {
  CO_TRY(co_await look_for(api, call));
  CO_TRY(auto profile, co_await api.profiles.get(call.param("user_id")));
  co_return json_response(profile);
}

Task<net::http::Response> get_profile_field(ProfileApi& api, net::route::Call& call) {
  const auto& name = call.param("field");
  CO_TRY(co_await look_for(api, call));
  CO_TRY(auto value, co_await api.profiles.get_field(call.param("user_id"), name));
  co_return json_response({{name, std::move(value)}});
}

/// Oneself, or an administrator.
Result<Unit> check_may_change(const net::route::Call& call) {
  if (call.caller->role == net::route::Role::admin) return Unit{};
  return require_self(call, call.param("user_id"));
}

Task<net::http::Response> put_profile_field(ProfileApi& api, net::route::Call& call) {
  CO_TRY(check_may_change(call));
  const auto& name = call.param("field");
  const auto* value = matrix::find(net::route::body_object(call), name);
  if (!value) co_return Error(Errc::missing_param, "The body must have the member \"" + name + "\".");
  CO_TRY(co_await api.profiles.set_field(call.param("user_id"), name, *value));
  co_return json_response({});
}

Task<net::http::Response> delete_profile_field(ProfileApi& api, net::route::Call& call) {
  CO_TRY(check_may_change(call));
  CO_TRY(co_await api.profiles.delete_field(call.param("user_id"), call.param("field")));
  co_return json_response({});
}

/// Whom somebody means who types a user id and may not have come to its end; `typed` is without the @. Up to the colon
/// that is the beginning of a local part, with a colon a whole one and the beginning of this server's name.
std::vector<DirectoryEntry> find_by_id(store::Connection& connection, std::string_view server_name,
                                       std::string_view typed, std::int64_t limit) {
  const auto colon = typed.find(':');
  if (colon == typed.npos) return profile_store::search_localparts(connection, typed, limit);
  if (!server_name.starts_with(base::ascii_lower(typed.substr(colon + 1)))) return {};
  const auto user_id = '@' + base::ascii_lower(typed.substr(0, colon)) + ':' + std::string(server_name);
  const auto found = account_store::find_public(connection, user_id);
  if (!found || found->deactivated) return {};
  return {{found->user_id, found->display_name, found->avatar_url}};
}

/// Matches that are looked at until enough are found whom the one who searches can meet.
constexpr std::int64_t kMaxMatches = 1'000;

/// One more than `limit` when there are more.
std::vector<DirectoryEntry> search_directory(store::Connection& connection, const host::Settings& settings,
                                             std::string_view searcher, std::string_view term, std::int64_t limit) {
  const bool all = settings.of<HomeserverSettings>().search_all_users;
  const auto looked_at = all ? limit + 2 : kMaxMatches;
  auto matches = term.starts_with('@') ? find_by_id(connection, settings.server_name, term.substr(1), looked_at)
                                       : profile_store::search(connection, term, looked_at);
  std::vector<DirectoryEntry> found;
  for (auto& match : matches) {
    if (match.user_id == searcher) continue;
    if (!all && !profile_store::can_meet(connection, searcher, match.user_id)) continue;
    found.push_back(std::move(match));
    if (static_cast<std::int64_t>(found.size()) > limit) break;
  }
  return found;
}

/// POST /user_directory/search: whom one shares a room with and who is in a listed room, or everybody
/// (user_directory.search_all_users); never oneself.
Task<net::http::Response> post_user_search(ProfileApi& api, net::route::Call& call) {
  const auto& body = net::route::body_object(call);
  CO_TRY(auto term, net::route::required_string(body, "search_term", kMaxSearchTermBytes));
  CO_TRY(auto wanted, net::route::optional_integer(body, "limit"));
  const auto limit = std::clamp<std::int64_t>(wanted.value_or(10), 1, kMaxSearchResults);
  auto look = [&](store::Connection& connection) -> Result<std::vector<DirectoryEntry>> {
    return search_directory(connection, api.settings, call.caller->user_id, term, limit);
  };
  CO_TRY(auto found, co_await api.db.read(look));
  const bool limited = static_cast<std::int64_t>(found.size()) > limit;
  if (limited) found.pop_back();
  JsonArray results;
  for (const auto& entry : found) {
    JsonObject shown{{"user_id", entry.user_id}};
    if (!entry.display_name.empty()) shown["display_name"] = entry.display_name;
    if (!entry.avatar_url.empty()) shown["avatar_url"] = entry.avatar_url;
    results.push_back(std::move(shown));
  }
  co_return json_response({{"results", std::move(results)}, {"limited", limited}});
}

}  // namespace

void add_profile_routes(net::route::Router& router, ProfileApi& api) {
  const auto readers =
      api.settings.of<HomeserverSettings>().profiles_need_token ? net::route::Access::user : net::route::Access::open;
  const auto group = matrix_group(
      router, {.prefix = std::string(kClientV3) + "/profile/{user_id}", .needs = net::route::Access::user});
  // A change writes a member event into every joined room.
  constexpr std::chrono::minutes kLong{2};
  constexpr std::string_view kField = "/{field}";
  group.add({.method = "GET", .needs = readers, .run = api::bind(get_profile, api)});
  group.add({.method = "GET", .path = kField, .needs = readers, .run = api::bind(get_profile_field, api)});
  group.add({.method = "PUT",
             .path = kField,
             .takes = net::route::Body::json_required,
             .max_body_bytes = 80UL * 1024,
             .deadline = kLong,
             .run = api::bind(put_profile_field, api)});
  group.add({.method = "DELETE", .path = kField, .deadline = kLong, .run = api::bind(delete_profile_field, api)});

  const auto directory =
      matrix_group(router, {.prefix = std::string(kClientV3) + "/user_directory", .needs = net::route::Access::user});
  directory.add({.method = "POST",
                 .path = "/search",
                 .rate = net::route::Rate::read,
                 .takes = net::route::Body::json_required,
                 .max_body_bytes = 16UL * 1024,
                 .run = api::bind(post_user_search, api)});
}

}  // namespace troupe::homeserver::accounts
