// /api/v1/keys.
#include <charconv>

#include "console/api.h"
#include "console/shapes/schema.h"
#include "console/shapes/views.h"
#include "matrix/json.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

Task<Response> list(Api& api, Call& call) {
  auto whose = call.caller->role == net::Role::admin ? 0 : call.caller->principal_id;
  CO_TRY(auto keys, co_await api.api_keys.list(tenant(call), whose));
  boost::json::array items;
  for (const auto& key : keys) items.push_back(api_key_view(key));
  auto total = static_cast<std::int64_t>(items.size());
  co_return reply(boost::json::object{{"items", std::move(items)}, {"total", total}});
}

/// A key can make no key that may do more than itself, or that outlives it; what is not said is as with itself.
/// Error: forbidden.
Result<Unit> stay_below(const Call& call, identity::NewApiKey& wanted) {
  if (wanted.role > call.caller->role) {
    return Error(Errc::forbidden, "You cannot make a key with a higher role than your own.");
  }
  if (is_limited(call)) {
    const auto& own = call.caller->scopes;
    if (wanted.scopes.empty()) wanted.scopes = own;
    for (const auto& scope : wanted.scopes) {
      if (std::ranges::find(own, scope) != own.end()) continue;
      return Error(Errc::forbidden, "This key cannot make a key with the scope " + scope + ": it does not have it.");
    }
  }
  const auto& credential = identity::credential_of(*call.caller);
  if (credential.kind == identity::Credential::Kind::key && credential.expires_ms != 0) {
    if (!wanted.expires_ms) wanted.expires_ms = credential.expires_ms;
    if (*wanted.expires_ms > credential.expires_ms) {
      return Error(Errc::forbidden, "This key cannot make a key that is good for longer than itself.");
    }
  }
  return Unit{};
}

Task<Response> create(Api& api, Call& call) {
  const auto& owner = identity::credential_of(*call.caller).principal;
  identity::NewApiKey wanted;
  wanted.name = text(call, "name");
  wanted.role = call.caller->role;
  if (auto role = optional_text(call, "role")) wanted.role = identity::parse_role(*role).value_or(net::Role::member);
  if (const auto* scopes = matrix::find_array(call.body.as_object(), "scopes")) {
    for (const auto& scope : *scopes) wanted.scopes.emplace_back(matrix::view(scope.as_string()));
  }
  if (auto days = matrix::find_integer(call.body.as_object(), "expires_in_days")) {
    wanted.expires_ms = api.context.clock().unix_ms() + *days * kDayMs;
  }
  CO_TRY(stay_below(call, wanted));
  CO_TRY(auto made, co_await api.api_keys.create(owner, std::move(wanted)));
  co_await audit(api, call, "key.create", made.key.name,
                 {{"id", made.key.id},
                  {"role", identity::to_string(made.key.role)},
                  {"scopes", boost::json::array(made.key.scopes.begin(), made.key.scopes.end())}});
  auto response = reply(boost::json::object{{"key", api_key_view(made.key)}, {"token", made.token}}, 201);
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Response> revoke(Api& api, Call& call) {
  const auto& given = call.param("key_id");
  std::int64_t id = 0;
  auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), id);
  if (error != std::errc() || end != given.data() + given.size()) {
    co_return Error(Errc::invalid_param, "The key's number must be a number.");
  }
  auto only_of = call.caller->role == net::Role::admin ? 0 : call.caller->principal_id;
  CO_TRY(auto key, co_await api.api_keys.revoke(tenant(call), id, only_of));
  co_await audit(api, call, "key.revoke", key.name, {{"id", key.id}, {"owner", key.owner}});
  ring_users(api);
  co_return Response::empty(204);
}

}  // namespace

void add_key_routes(Api& api) {
  add_route(api,
            {.method = "GET",
             .path = "/api/v1/keys",
             .needs = Access::user,
             .scope = "admin",
             .tag = "keys",
             .summary = "Your API keys; an administrator sees all",
             .reply = TROUPE_REF("ApiKeys")},
            list);
  add_route(api,
            {.method = "POST",
             .path = "/api/v1/keys",
             .needs = Access::user,
             .scope = "admin",
             .tag = "keys",
             .summary = "Make an API key; it is shown this once",
             .reply = TROUPE_REF("CreatedApiKey"),
             .body = TROUPE_REF("NewApiKey"),
             .good_status = 201},
            create);
  add_route(api,
            {.method = "DELETE",
             .path = "/api/v1/keys/{key_id}",
             .needs = Access::user,
             .scope = "admin",
             .tag = "keys",
             .summary = "Revoke an API key",
             .good_status = 204},
            revoke);
}

}  // namespace troupe::console
