#include "meetings/hooks/sender.h"
#include "meetings/routes/webhook_routes.h"
#include "meetings/set_up.h"

namespace troupe::meetings {

hooks::Webhooks& set_up_webhooks(const Ground& ground) {
  auto& [c, settings, bell, lease] = ground;
  auto& webhooks = c.make<hooks::Webhooks>(hooks::Webhooks::Uses{
      .db = c.db(),
      .clock = c.clock(),
      .key = c.sealing_key(),
      .bus = c.bus(),
      .rules =
          net::http::AddressRules::make(c.settings().allowed_private_addresses).value_or(net::http::AddressRules())});
  auto& sender = c.make<hooks::Sender>(hooks::Sender::Uses{.db = c.db(),
                                                           .http = c.http(),
                                                           .clock = c.clock(),
                                                           .key = c.sealing_key(),
                                                           .home = c.io().next().get_executor(),
                                                           .bell = bell,
                                                           .bus = c.bus(),
                                                           .metrics = c.metrics(),
                                                           .lease = lease});
  routes::add_webhook_routes(
      c.make<routes::WebhookApi>(routes::WebhookApi{.kit = api::kit_of(c), .webhooks = routes::WebhookDoor(webhooks)}));
  c.on_start([&sender] { return sender.start(); });
  c.on_stop([&sender] { return sender.stop(); });
  c.every({.name = "meetings.webhooks.tidy",
           .every = std::chrono::hours(1),
           .run = [&sender] { return sender.tidy(); },
           .singleton = true});
  return webhooks;
}

}  // namespace troupe::meetings
