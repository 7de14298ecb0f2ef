// The embedded Matrix homeserver as a module: routes on the Matrix listener, and the port (matrix/homeserver.h).
#pragma once
#include "host/module.h"

namespace troupe::homeserver {

host::Module homeserver_module();

}  // namespace troupe::homeserver
