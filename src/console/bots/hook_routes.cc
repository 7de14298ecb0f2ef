// /api/v1/bots/{bot_id}/hooks: addresses to which other services post what a bot then says in a room.
#include "console/api.h"
#include "console/shapes/schema.h"
#include "console/shapes/views.h"
#include "fleet/own_accord/hook_service.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

fleet::HookService& service(Api& api) { return api.context.get<fleet::HookService>(); }

boost::json::object hook_view(const fleet::Hook& hook) {
  boost::json::object view{{"hook_id", hook.hook_id},
                           {"name", hook.name},
                           {"room_id", hook.room_id},
                           {"wait_for_complete", hook.wait_for_complete},
                           {"created_at", rfc3339(hook.created_ms)}};
  if (hook.expires_ms) view["expires_at"] = rfc3339(*hook.expires_ms);
  if (hook.last_used_ms) view["last_used_at"] = rfc3339(*hook.last_used_ms);
  return view;
}

/// The address as the caller reached this server.
std::string full_url(const Call& call, const std::string& path) {
  const auto host = call.request.headers.get("Host");
  if (host.empty()) return path;
  const auto forwarded = call.request.headers.get("X-Forwarded-Proto");
  const bool tls = call.request.tls || forwarded == "https";
  return (tls ? "https://" : "http://") + std::string(host) + path;
}

Task<Response> list(Api& api, Call& call) {
  CO_TRY(auto hooks, co_await service(api).list(tenant(call), call.param("bot_id")));
  boost::json::array items;
  for (const auto& hook : hooks) items.push_back(hook_view(hook));
  auto total = static_cast<std::int64_t>(items.size());
  co_return reply(boost::json::object{{"items", std::move(items)}, {"total", total}});
}

Task<Response> create(Api& api, Call& call) {
  const auto& bot_id = call.param("bot_id");
  fleet::NewHook wanted;
  wanted.name = text(call, "name");
  wanted.room_id = text(call, "room_id");
  const auto& body = call.body.as_object();
  wanted.wait_for_complete = matrix::find_bool(body, "wait_for_complete").value_or(false);
  wanted.expires_in_days = matrix::find_integer(body, "expires_in_days");
  CO_TRY(auto made, co_await service(api).create(tenant(call), bot_id, std::move(wanted), actor(call)));
  co_await audit(api, call, "hook.create", bot_id,
                 {{"hook_id", made.hook.hook_id}, {"name", made.hook.name}, {"room_id", made.hook.room_id}});
  auto response = reply(boost::json::object{{"hook", hook_view(made.hook)}, {"url", full_url(call, made.path)}}, 201);
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Response> remove(Api& api, Call& call) {
  const auto& bot_id = call.param("bot_id");
  const auto& hook_id = call.param("hook_id");
  CO_TRY(co_await service(api).remove(tenant(call), bot_id, hook_id));
  co_await audit(api, call, "hook.delete", bot_id, {{"hook_id", hook_id}});
  co_return Response::empty(204);
}

}  // namespace

void add_hook_routes(Api& api) {
  const std::string all = "/api/v1/bots/{bot_id}/hooks";
  auto add = [&](std::string method, std::string path, std::string summary, std::string_view reply_schema,
                 ApiHandler handler, int good_status, std::string_view body_schema = {}) {
    ApiRoute route{.method = std::move(method), .path = std::move(path), .needs = Access::operator_, .scope = "bots"};
    route.tag = "bots";
    route.summary = std::move(summary);
    route.reply = reply_schema;
    route.body = body_schema;
    route.good_status = good_status;
    add_route(api, std::move(route), handler);
  };
  add("GET", all, "Inbound webhooks of a bot; their addresses are not shown again", TROUPE_REF("Hooks"), list, 200);
  add("POST", all, "Make an inbound webhook; its address is shown this once", TROUPE_REF("CreatedHook"), create, 201,
      TROUPE_REF("NewHook"));
  add("DELETE", all + "/{hook_id}", "Remove an inbound webhook", {}, remove, 204);
}

}  // namespace troupe::console
