// The openai brain: a language model behind OpenAI's chat API.
#pragma once
#include "fleet/brains/brain.h"

namespace troupe::fleet {

BrainKind openai_brain();

}  // namespace troupe::fleet
