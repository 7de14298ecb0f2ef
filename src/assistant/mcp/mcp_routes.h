// POST /mcp on the platform listener.
#pragma once
#include "assistant/mcp/server.h"
#include "host/module.h"

namespace troupe::assistant::mcp {

/// What the handler uses. Lives as long as the route table.
struct McpApi {
  Server server;
  routes::AssistantDoor assistant;
};

void add_mcp_routes(net::route::Router& routes, McpApi& api);
/// Over what the folders below offer.
void set_up_mcp(host::Context& context);

}  // namespace troupe::assistant::mcp
