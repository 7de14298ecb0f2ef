// Makes and wires what lets bots speak of their own accord, without a question in a room: inbound webhooks, reminders
// and schedules, answers that come later. The outbox and the scheduler, which say it, belong to the fleet's term
// (fleet.h).
#pragma once
#include "fleet/brains/bot_kind.h"
#include "fleet/own_accord/hook_service.h"
#include "fleet/own_accord/late_answers.h"
#include "host/module.h"

namespace troupe::fleet {

struct OwnAccord {
  HookService& hooks;
  LateAnswers& late;
};

/// Adds the kinds `webhook` and `command`, and makes what the routes of webhooks rest on.
OwnAccord set_up_own_accord(host::Context& c, BotKinds& kinds);

}  // namespace troupe::fleet
