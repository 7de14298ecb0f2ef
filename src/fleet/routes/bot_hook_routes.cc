// /api/v1/bots/{bot_id}/hooks: addresses to which other services post what a bot then says in a room.
#include "api/paging.h"
#include "api/reply.h"
#include "fleet/routes/fleet_routes.h"
#include "fleet/routes/shape_tables.h"
#include "host/console_address.h"

namespace troupe::fleet::routes {
namespace {

using net::http::Response;
using net::route::Call;

/// The address for other programs: console.public_url, else as the caller reached this server.
std::string full_url(const FleetApi& fleet, const Call& call, const std::string& path) {
  if (const auto configured = host::configured_console(fleet.settings); !configured.empty()) return configured + path;
  const auto host = call.request.headers.get("Host");
  if (host.empty()) return path;
  const auto forwarded = call.request.headers.get("X-Forwarded-Proto");
  const bool tls = call.request.tls || forwarded == "https";
  return (tls ? "https://" : "http://") + std::string(host) + path;
}

Task<Response> list_hooks(FleetApi& fleet, Call& call) {
  CO_TRY(auto hooks, co_await fleet.hooks(call).list(call.param("bot_id")));
  co_return api::reply(api::whole_list(api::write_all(hooks)));
}

Task<Response> create_hook(FleetApi& fleet, Call& call) {
  const auto& bot_id = call.param("bot_id");
  CO_TRY(auto wanted, api::body_of<triggers::NewHook>(call));
  CO_TRY(auto made, co_await fleet.hooks(call).create(bot_id, std::move(wanted)));
  co_await api::audit(fleet.kit, call, "hook.create", bot_id,
                      {{"hook_id", made.hook.hook_id}, {"name", made.hook.name}, {"room_id", made.hook.room_id}});
  const CreatedHook shown{.hook = std::move(made.hook), .url = full_url(fleet, call, made.path)};
  co_return api::private_reply(api::write(shown), 201);
}

Task<Response> delete_hook(FleetApi& fleet, Call& call) {
  const auto& bot_id = call.param("bot_id");
  const auto& hook_id = call.param("hook_id");
  CO_TRY(co_await fleet.hooks(call).remove(bot_id, hook_id));
  co_await api::audit(fleet.kit, call, "hook.delete", bot_id, {{"hook_id", hook_id}});
  co_return Response::empty(204);
}

}  // namespace

void add_bot_hook_routes(const api::Group& group, FleetApi& fleet) {
  group.add({.method = "GET",
             .summary = "Inbound webhooks of a bot; their addresses are not shown again",
             .reply = TROUPE_REF("Hooks"),
             .run = api::bind(list_hooks, fleet)});
  group.add({.method = "POST",
             .summary = "Make an inbound webhook; its address is shown this once",
             .body = TROUPE_REF("NewHook"),
             .reply = TROUPE_REF("CreatedHook"),
             .status = 201,
             .run = api::bind(create_hook, fleet)});
  group.add({.method = "DELETE",
             .path = "/{hook_id}",
             .summary = "Remove an inbound webhook",
             .status = 204,
             .run = api::bind(delete_hook, fleet)});
}

}  // namespace troupe::fleet::routes
