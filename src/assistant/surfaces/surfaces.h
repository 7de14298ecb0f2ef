// Where people meet the assistant besides the API: rooms and Slack.
#pragma once
#include "host/module.h"

namespace troupe::assistant::surfaces {

/// Adds the kind of bot `assistant`, Slack's events and the jobs that tell people later. After the dialogue and the
/// services, and after the fleet.
void set_up_surfaces(host::Context& c);

}  // namespace troupe::assistant::surfaces
