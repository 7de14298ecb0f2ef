// POST /api/slack/events: what Slack tells an app.
#pragma once
#include "assistant/surfaces/slack_desk.h"
#include "net/route/router.h"

namespace troupe::assistant::surfaces {

void add_slack_routes(net::route::Router& routes, SlackDesk& desk);

}  // namespace troupe::assistant::surfaces
