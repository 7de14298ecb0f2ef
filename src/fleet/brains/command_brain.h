// The command brain: reminders and schedules, each person in their own time zone.
#pragma once
#include "fleet/brains/brain.h"
#include "fleet/own_accord/scheduler.h"

namespace troupe::fleet {

/// What the command brain works on; outlives its bots.
struct CommandServices {
  store::Database& db;
  const base::Clock& clock;
  Scheduler& scheduler;
};
BrainKind command_brain(CommandServices services);

}  // namespace troupe::fleet
