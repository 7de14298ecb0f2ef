#include "assistant/mcp/mcp_routes.h"

#include "api/group.h"
#include "net/http/url.h"

namespace troupe::assistant::mcp {
namespace {

using net::http::Response;

/// A page of another origin: it may not use what a browser sends by itself.
bool is_foreign(const net::http::Request& request) {
  const auto origin = request.headers.get("Origin");
  if (origin.empty()) return false;
  const auto url = net::http::Url::parse(origin);
  return !url || url->authority() != request.headers.get("Host");
}

/// `?services=slack,troupe`
std::vector<std::string> services_of(const net::http::Request& request) {
  std::vector<std::string> out;
  std::string_view left = request.query_value("services").value_or("");
  while (!left.empty() && out.size() < 100) {
    const auto comma = left.find(',');
    if (const auto name = left.substr(0, comma); !name.empty()) out.emplace_back(name);
    left = comma == std::string_view::npos ? std::string_view() : left.substr(comma + 1);
  }
  return out;
}

Task<Response> handle(McpApi& api, net::route::Call& call) {
  if (is_foreign(call.request)) co_return Error(Errc::forbidden, "This address takes no requests of other origins.");
  auto message = read_message(call.request.body);
  if (!message) co_return refusal_of(nullptr, message.error());
  if (const auto wrong = check_headers(*message, call.request.headers)) co_return refusal_of(&*message, *wrong);
  Client client{.tenant_id = call.caller->tenant_id,
                .owner = std::to_string(call.caller->principal_id),
                .services = services_of(call.request)};
  const Message asked{.id = message->id, .method = message->method, .params = {}, .modern = message->modern};
  auto answered = co_await api.server.answer(*std::move(message), std::move(client), api.assistant(call));
  if (!answered) co_return failure_of(asked, answered.error());
  co_return answered;
}

}  // namespace

void add_mcp_routes(net::route::Router& routes, McpApi& api) {
  const api::Group group(routes, {.prefix = "/mcp",
                                  .needs = net::route::Access::user,
                                  .scope = "assistant",
                                  .tag = {.name = "assistant"},
                                  .max_body_bytes = 1 << 20});
  group.add({.method = "POST",
             .summary = "One message of the Model Context Protocol (Streamable HTTP, 2025-03-26 to 2026-07-28)",
             .takes = net::route::Body::raw,
             .body_type = "application/json",
             .query = {{.name = "services", .description = "of these services alone, with commas between them"}},
             .deadline = std::chrono::seconds(60),
             .run = api::bind(handle, api)});
}

void set_up_mcp(host::Context& context) {
  auto& api = context.make<McpApi>(
      McpApi{.server = Server({.services = context.get<services::Services>(),
                               .clock = context.clock(),
                               .version = context.settings().version}),
             .assistant = routes::AssistantDoor({.assistant = context.get<dialogue::Assistant>(),
                                                 .tasks = context.get<tasks::Tasks>(),
                                                 .conversations = context.get<tasks::Conversations>(),
                                                 .lessons = context.get<dialogue::Lessons>()})});
  add_mcp_routes(context.routes(), api);
}

}  // namespace troupe::assistant::mcp
