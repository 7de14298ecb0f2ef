// Puts the dialogue together from what the folders below offer.
#pragma once
#include "host/module.h"

namespace troupe::assistant::dialogue {

/// Takes tasks, conversations, journal, secrets, services::Services and executor::Executor; fleet's models and
/// calls::Files where there are any. Offers Assistant and Lessons.
void set_up_dialogue(host::Context& context);

}  // namespace troupe::assistant::dialogue
