#include "app/modules.h"

#include "app/own_module.h"
#include "assistant/module.h"
#include "console/module.h"
#include "fleet/module.h"
#include "homeserver/module.h"
#include "identity/module.h"
#include "meetings/module.h"
#include "remote/module.h"
#include "remote/settings.h"
#include "runtime/docker/module.h"
#include "runtime/kubernetes/module.h"
#include "runtime/module.h"
#include "runtime/nomad/module.h"

namespace troupe::app {

std::vector<host::Module> every_module() {
  return {
      own_module(),
      identity::identity_module(),
      homeserver::homeserver_module(),
      remote::remote_module(),
      runtime::runtime_module(),
      runtime::docker::containers_module(),
      runtime::nomad::nomad_module(),
      runtime::kubernetes::kubernetes_module(),
      fleet::fleet_module(),
      meetings::meetings_module(),
      assistant::assistant_module(),
      console::console_module(),
  };
}

std::vector<host::Module> running(std::vector<host::Module> all, const host::Settings& settings) {
  const std::string_view other = settings.of<remote::RemoteSettings>().url.empty() ? "remote" : "homeserver";
  std::erase_if(all, [&](const host::Module& module) { return module.name == other; });
  return all;
}

}  // namespace troupe::app
