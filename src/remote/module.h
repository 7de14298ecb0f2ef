// Another homeserver in place of the embedded one: the port (matrix/homeserver.h) over HTTP.
#pragma once
#include "host/module.h"

namespace troupe::remote {

/// Takes the place of homeserver_module() when homeserver.url is set.
host::Module remote_module();

}  // namespace troupe::remote
