#include "app/modules.h"

#include "console/module.h"
#include "fleet/module.h"
#include "homeserver/module.h"
#include "identity/module.h"
#include "remote/module.h"
#include "runtime/module.h"

namespace troupe::app {

std::vector<host::Module> modules(const host::Settings& settings) {
  return {identity::identity_module(),
          settings.remote.url.empty() ? homeserver::homeserver_module() : remote::remote_module(),
          runtime::runtime_module(), fleet::fleet_module(), console::console_module()};
}

}  // namespace troupe::app
