// From a sentence to calls of a company's services: what people ask for, kept, resumed and audited.
#pragma once
#include "host/module.h"

namespace troupe::assistant {

/// Offers tasks::Secrets, tasks::Journal, tasks::Conversations and tasks::Tasks, what services/set_up.h and
/// dialogue/set_up.h name, and executor::Executor.
host::Module assistant_module();

}  // namespace troupe::assistant
