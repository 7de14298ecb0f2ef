// The fleet's routes: /api/v1/bots, /brains, /lifecycle, and what other services post to.
#pragma once
#include "api/group.h"
#include "api/kit.h"
#include "fleet/brains/late_answers.h"
#include "fleet/routes/tenant_bots.h"

namespace troupe::fleet::models {
class Spending;
}

namespace troupe::fleet::routes {

inline constexpr net::route::Tag kBotsTag{"bots", "Bots, their brains, logs, usage and conversations."};
inline constexpr net::route::Tag kWebhooksTag{"webhooks",
                                              "What other programs say through a bot, and late answers of a brain."};

/// What the handlers of /api/v1/bots use. Lives as long as the route table.
struct FleetApi {
  api::Kit kit;
  BotDoor bots;
  HookDoor hooks;
  const host::Settings& settings;
};

/// What trying a brain's configuration uses.
struct BrainTestApi {
  BotDoor bots;
  const base::SealingKey& sealing_key;
  net::client::HttpClient& http;
  const base::Clock& clock;
};

/// Makes the two and adds all routes of the fleet with their shapes. After BotService, HookService and LateAnswers.
void add_fleet_routes(host::Context& c, service::BotService& bots, triggers::HookService& hooks,
                      brains::LateAnswers& late);

// Each adds the routes of one file.
void add_bot_routes(const api::Group& group, FleetApi& fleet);
void add_bot_watch_routes(const api::Group& group, FleetApi& fleet);
void add_bot_hook_routes(const api::Group& group, FleetApi& fleet);
void add_brain_test_routes(const api::Group& group, BrainTestApi& brains);
/// POST, PUT and GET (refused) of /webhook/{hook} on the platform listener, in hookshot's words.
void add_hook_routes(net::route::Router& routes, triggers::HookService& hooks);
void add_late_routes(net::route::Router& routes, brains::LateAnswers& answers);
/// /api/v1/spending, with its shapes.
void add_spending_routes(host::Context& c, models::Spending& money);

}  // namespace troupe::fleet::routes
