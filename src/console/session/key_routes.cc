// /api/v1/keys.
#include "api/caller.h"
#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "console/session/session_routes.h"
#include "console/session/session_shapes.h"
#include "net/route/params.h"

namespace troupe::console::session {
namespace {

using namespace api::words;
using api::is_limited;

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

Task<Response> list_keys(KeyApi& console, Call& call) {
  CO_TRY(auto keys, co_await console.keys(call).list());
  co_return reply(api::whole_list(api::write_all(keys)));
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

Task<Response> create_key(KeyApi& console, Call& call) {
  CO_TRY(auto body, api::body_of<NewKeyBody>(call));
  identity::NewApiKey wanted;
  wanted.name = std::move(body.name);
  wanted.role = body.role.value_or(call.caller->role);
  wanted.scopes = std::move(body.scopes);
  if (body.expires_in_days) wanted.expires_ms = console.kit.clock.unix_ms() + *body.expires_in_days * kDayMs;
  CO_TRY(stay_below(call, wanted));
  CO_TRY(auto made, co_await console.keys(call).create(std::move(wanted)));
  co_await api::audit(console.kit, call, "key.create", made.key.name,
                      {{"id", made.key.id},
                       {"role", identity::to_string(made.key.role)},
                       {"scopes", boost::json::array(made.key.scopes.begin(), made.key.scopes.end())}});
  co_return api::private_reply(api::write(made), 201);
}

Task<Response> revoke_key(KeyApi& console, Call& call) {
  const auto id = net::route::whole_number(call.param("key_id"));
  if (!id) co_return Error(Errc::invalid_param, "The key's number must be a number.");
  CO_TRY(auto key, co_await console.keys(call).revoke(*id));
  co_await api::audit(console.kit, call, "key.revoke", key.name, {{"id", key.id}, {"owner", key.owner}});
  api::ring_users(console.kit);
  co_return Response::empty(204);
}

}  // namespace

void add_key_routes(net::route::Router& routes, KeyApi& console) {
  const api::Group group(
      routes,
      {.prefix = "/api/v1/keys", .needs = Access::user, .scope = "admin", .tag = {"keys", "Keys for programs."}});
  group.add({.method = "GET",
             .summary = "Your API keys; an administrator sees all",
             .reply = TROUPE_REF("ApiKeys"),
             .run = api::bind(list_keys, console)});
  group.add({.method = "POST",
             .summary = "Make an API key; it is shown this once",
             .body = TROUPE_REF("NewApiKey"),
             .reply = TROUPE_REF("CreatedApiKey"),
             .status = 201,
             .run = api::bind(create_key, console)});
  group.add({.method = "DELETE",
             .path = "/{key_id}",
             .summary = "Revoke an API key",
             .status = 204,
             .run = api::bind(revoke_key, console)});
}

}  // namespace troupe::console::session
