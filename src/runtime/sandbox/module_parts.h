// What running commands adds to the module's plug.
#pragma once
#include "host/doctor.h"
#include "host/module.h"

namespace troupe::runtime::sandbox {

/// Offers Commands and Programs; tries the sandbox when the program starts, where commands are allowed; ends them when
/// it stops.
void set_up_commands(host::Context& context);

/// Tries the sandbox, as the server would.
host::Finding examine_commands(const host::Examination& examination);

}  // namespace troupe::runtime::sandbox
