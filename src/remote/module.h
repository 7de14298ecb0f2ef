// Another homeserver in place of the embedded one: the matrix::Homeserver port over HTTP.
#pragma once
#include "host/module.h"

namespace troupe::remote {

/// Takes the place of homeserver_module() when settings.remote.url is set.
host::Module remote_module();

}  // namespace troupe::remote
