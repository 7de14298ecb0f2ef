// The keys of the configuration that the driver for Kubernetes reads.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/setting.h"

namespace troupe::runtime::kubernetes {

struct KubernetesSettings {
  bool in_cluster = false;   ///< by the service account of the pod that Troupe runs in
  std::string kubeconfig{};  ///< a file; with neither there is no such driver
  std::string name_space{};  ///< empty: the context's or the service account's, else "default"
  std::string instance{};    ///< empty: the data folder's
  std::int64_t start_s = 120;
};

std::vector<host::Setting> kubernetes_settings();
/// Only one way to the API server.
void review_kubernetes(const host::Settings& settings, host::Review& review);

}  // namespace troupe::runtime::kubernetes
