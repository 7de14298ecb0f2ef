// /api/v1/homeserver/identities: which account somebody at a provider of sign-in is let in to.
#include "api/caller.h"
#include "api/words.h"
#include "homeserver/console_routes/homeserver_routes.h"
#include "homeserver/console_routes/homeserver_shapes.h"
#include "homeserver/console_routes/server_group.h"

namespace troupe::homeserver::console_routes {
namespace {

using namespace api::words;

constexpr std::size_t kMostSubjectBytes = 255;  ///< OpenID Connect Core, section 2: `sub`

/// A key that is limited to scopes could make itself a way in to an account that may do more than it may.
Result<Unit> check_not_limited(const Call& call) {
  if (!api::is_limited(call)) return Unit{};
  return Error(Errc::forbidden, "A key that is limited to scopes cannot say who comes in at a provider.");
}

boost::json::object detail_of(const accounts::ExternalId& id) {
  return {{"by", "administrator"}, {"provider", id.provider}, {"subject", id.external_id}};
}

Task<Response> link(IdentitiesApi& console, Call& call) {
  CO_TRY(check_not_limited(call));
  CO_TRY(const auto body, api::body_of<LinkBody>(call));
  const auto* provider = console.providers.find(call.param("provider_id"));
  if (!provider) co_return Error(Errc::not_found, "There is no such sign-in provider.");
  const accounts::ExternalId id{.provider = provider->settings().id, .external_id = call.param("subject")};
  if (id.external_id.empty() || id.external_id.size() > kMostSubjectBytes)
    co_return Error(Errc::invalid_param, "What a provider calls somebody has 1 to 255 bytes.");
  const auto user_id = console.accounts.resolve_user(body.user_id);
  if (!user_id) co_return Error(Errc::not_found, "There is no such user.");
  CO_TRY(co_await console.accounts.link_external_id(*user_id, id));
  co_await api::audit(console.kit, call, "user.link", *user_id, detail_of(id));
  co_return Response::empty(204);
}

/// Of a provider that is not configured any more, too.
Task<Response> unlink(IdentitiesApi& console, Call& call) {
  CO_TRY(check_not_limited(call));
  const auto* provider = console.providers.find(call.param("provider_id"));
  const accounts::ExternalId id{.provider = provider ? provider->settings().id : call.param("provider_id"),
                                .external_id = call.param("subject")};
  CO_TRY(const auto user_id, co_await console.accounts.unlink_external_id(id));
  co_await api::audit(console.kit, call, "user.unlink", user_id, detail_of(id));
  co_return Response::empty(204);
}

}  // namespace

void add_identity_routes(net::route::Router& routes, IdentitiesApi& console) {
  const ServerGroup group(routes, "/identities");
  group.add({.method = "PUT",
             .path = "/{provider_id}/{subject}",
             .summary = "Let whoever this is at a provider in to an account; `subject` is the provider's lasting name",
             .body = TROUPE_REF("HomeserverLink"),
             .status = 204,
             .run = api::bind(link, console)});
  group.add({.method = "DELETE",
             .path = "/{provider_id}/{subject}",
             .summary = "Let them in no more; sessions that are open stay",
             .status = 204,
             .run = api::bind(unlink, console)});
}

}  // namespace troupe::homeserver::console_routes
