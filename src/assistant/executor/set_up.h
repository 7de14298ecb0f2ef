// What running tasks adds to the module's plug.
#pragma once
#include "host/module.h"

namespace troupe::assistant::executor {

/// Offers Executor, over what tasks and services offer (services::Services, calls::Caller); without those there is
/// nothing to run. At the start it goes on with what was under way.
void set_up_executor(host::Context& context);

}  // namespace troupe::assistant::executor
