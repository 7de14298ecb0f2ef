// The legacy faces: an earlier program of this kind, an orchestrator of chat bots, had an API of its own, in two
// versions. Programs that were written for it go on working: paths, statuses and messages are that program's, and what
// it called a bot's `flowise_url` is translated here. Nothing new is added; new programs use /api/v1. In the API
// document its shapes are named Seed…, and in the audit log its doings bear `"face": "seed"`: both are known outside
// and stay.
#pragma once
#include "api/kit.h"
#include "console/people/tenant_people.h"
#include "console/session/sign_in.h"
#include "fleet/routes/tenant_bots.h"

namespace troupe::console::legacy {

/// What the handlers of both use; it lives as long as the route table.
struct LegacyApi {
  api::Kit kit;
  people::PeopleDoor people;
  fleet::routes::BotDoor bots;
  session::SignIn sign_in;
};

/// Both list whole, at most so many.
inline constexpr std::size_t kMaxLegacyRows = 10'000;
/// The bots that the caller reaches.
Task<std::vector<fleet::BotView>> legacy_bots(const LegacyApi& console, const net::route::Call& call);

/// The first (2025-12-20): JSON, {"detail"} for errors.
void add_legacy_routes(net::route::Router& routes, LegacyApi& console);
/// Its later version (2025-12-21 to 2026-02-18): forms and a cookie, {"error"}.
void add_legacy_form_routes(net::route::Router& routes, LegacyApi& console);

}  // namespace troupe::console::legacy
