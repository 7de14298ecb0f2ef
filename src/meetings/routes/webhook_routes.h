// /api/v1/meetings/webhooks: who is told of meetings, what was told, and again.
#pragma once
#include "api/kit.h"
#include "meetings/routes/doors.h"

namespace troupe::meetings::routes {

struct WebhookApi {
  api::Kit kit;
  WebhookDoor webhooks;
};

void add_webhook_routes(WebhookApi& api);

}  // namespace troupe::meetings::routes
