// The openai brain: a language model behind OpenAI's chat API.
#pragma once
#include "fleet/brains/bot_kind.h"

namespace troupe::fleet::models {
class Models;
}

namespace troupe::fleet::brains {

/// `models` (the server's models, breakers and money) outlives the kind; nullptr: there are none, and nothing is
/// booked.
BotKind openai_brain(models::Models* models = nullptr);

}  // namespace troupe::fleet::brains
