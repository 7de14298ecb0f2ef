// Makes and wires what lets bots speak of their own accord, without a question in a room: inbound webhooks, reminders
// and schedules, answers that come later. The outbox and the scheduler, which say it, belong to the fleet's term
// (fleet.h).
#pragma once
#include "fleet/brains/bot_kind.h"
#include "host/module.h"

namespace troupe::fleet {

/// Adds the kinds `webhook` and `command`, the routes /webhook/{hook} and /api/v1/turns/{token}/reply, and offers
/// HookService.
void set_up_own_accord(host::Context& c, BotKinds& kinds);

}  // namespace troupe::fleet
