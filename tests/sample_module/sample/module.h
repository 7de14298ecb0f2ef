// A module with one of everything that a module may bring: routes, settings, a table, a job, a health check, a doctor's
// check, a backup step and a kind of bot. docs/checklists/new-module.md walks through it.
#pragma once
#include "host/module.h"

namespace troupe::sample {

host::Module sample_module();

}  // namespace troupe::sample
