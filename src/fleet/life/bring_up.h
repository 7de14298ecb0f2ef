// What a bot needs before it can run: a brain made from its config, an account, and the rooms it is in.
#pragma once
#include "fleet/deps.h"
#include "fleet/roster.h"
#include "fleet/turns/invites.h"

namespace troupe::fleet {

/// A brain for a bot's present row. Errors: invalid_param (no such kind here, a wrong config, secrets sealed with
/// another key).
Result<std::shared_ptr<Brain>> make_brain(const Deps& deps, const Bot& row, CommonConfig& common);
/// The secrets of the bot's brain. Error: invalid_param (sealed with another key).
Result<boost::json::object> open_secrets(const Deps& deps, const Bot& row);

/// Makes the account when a kill left the bot without one. Errors: forbidden (closed or locked), those of the
/// homeserver.
Task<Unit> ensure_account(Shared& shared, LiveBotPtr bot);
/// Takes over the rooms that the homeserver knows the bot in, and looks at its open invites.
Task<Unit> learn_rooms(Shared& shared, Roster& roster, Invites& invites, LiveBotPtr bot);

/// Rings for live views: the bot's trouble_of has come, changed or gone.
void tell_trouble(Shared& shared, const Bot& bot);

/// Lets the brain of a bot that runs look at the service behind it, beside all else, and again while something hinders;
/// what it finds goes into the bot's log and its `check_text`.
void look_around(Shared& shared, const LiveBotPtr& bot);

}  // namespace troupe::fleet
