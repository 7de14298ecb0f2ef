// The command brain: reminders and schedules, each person in their own time zone.
#pragma once
#include "bus/bus.h"
#include "fleet/bots/schedule_store.h"
#include "fleet/brains/bot_kind.h"

namespace troupe::fleet::brains {

/// What the command brain works on; outlives its bots.
struct CommandServices {
  store::Database& db;
  const base::Clock& clock;
  bus::Bus& bus;
};
BotKind command_brain(CommandServices services);

}  // namespace troupe::fleet::brains
