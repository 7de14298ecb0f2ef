// The webhook brain; what it posts and takes is at the top of webhook_brain.cc.
#pragma once
#include "fleet/brains/bot_kind.h"
#include "fleet/own_accord/late_answers.h"

namespace troupe::fleet {

/// `late` keeps the answers that come later and outlives the bots; null: answers at once only.
BotKind webhook_brain(LateAnswers* late);

}  // namespace troupe::fleet
