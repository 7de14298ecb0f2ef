// A kind of bot that greets whoever writes to it.
#pragma once
#include <string>

#include "fleet/brains/bot_kind.h"

namespace troupe::sample {

fleet::brains::BotKind greeter_kind(std::string greeting);

}  // namespace troupe::sample
