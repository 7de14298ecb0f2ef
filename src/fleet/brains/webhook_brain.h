// The webhook brain; what it posts and takes is at the top of webhook_brain.cc.
#pragma once
#include "fleet/brains/bot_kind.h"
#include "fleet/brains/late_answers.h"

namespace troupe::fleet::brains {

/// `late` keeps the answers that come later and outlives the bots; null: answers at once only.
BotKind webhook_brain(LateAnswers* late);

}  // namespace troupe::fleet::brains
