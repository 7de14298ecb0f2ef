// What running tasks adds to the module's plug.
#pragma once
#include "host/module.h"

namespace troupe::assistant::executor {

/// Offers Executor, over tasks::Tasks, services::Services and calls::Caller. At the start it goes on with what was
/// under way.
void set_up_executor(host::Context& context);

}  // namespace troupe::assistant::executor
