// The openai brain: a language model behind OpenAI's chat API.
#pragma once
#include "fleet/brains/bot_kind.h"

namespace troupe::fleet::brains {

BotKind openai_brain();

}  // namespace troupe::fleet::brains
