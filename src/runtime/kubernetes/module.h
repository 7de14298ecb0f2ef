// Plugs the task driver for Kubernetes into the program.
#pragma once
#include "host/module.h"

namespace troupe::runtime::kubernetes {

/// Adds the driver to those of the module `runtime` where kubernetes.in_cluster or kubernetes.kubeconfig is set.
host::Module kubernetes_module();

}  // namespace troupe::runtime::kubernetes
