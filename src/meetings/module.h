// Bots in meetings: from the request to the end, on any task driver.
#pragma once
#include "host/module.h"

namespace troupe::meetings {

/// Needs the task drivers and identity.
host::Module meetings_module();

}  // namespace troupe::meetings
