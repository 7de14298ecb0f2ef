// Makes and wires what lets bots speak of their own accord, without a question in a room: inbound webhooks, reminders
// and schedules, answers that come later. The outbox and the scheduler, which say it, belong to the fleet's term
// (fleet.h).
#pragma once
#include "fleet/brains/bot_kind.h"
#include "fleet/brains/late_answers.h"
#include "fleet/triggers/hook_service.h"
#include "host/module.h"

namespace troupe::fleet::triggers {

struct Triggers {
  HookService& hooks;
  brains::LateAnswers& late;
};

/// Adds the kinds `webhook` and `command`, and makes what the routes of webhooks rest on.
Triggers set_up_triggers(host::Context& c, brains::BotKinds& kinds);

}  // namespace troupe::fleet::triggers
