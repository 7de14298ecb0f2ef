// The keys of the configuration that running tasks as containers reads.
#pragma once
#include <string>
#include <vector>

#include "host/module.h"
#include "host/setting.h"

namespace troupe::runtime::docker {

struct ContainerSettings {
  std::string docker_host{};   ///< empty: no driver `docker`
  std::string podman_host{};   ///< empty: no driver `podman`
  std::string certificates{};  ///< a folder; empty: none
  std::string image{};
  std::string network{};
  std::string instance{};  ///< empty: that of the data folder
};

std::vector<host::Setting> container_settings();

/// Warns of engines that are spoken to in the clear.
void review_containers(const host::Settings& settings, host::Review& review);

}  // namespace troupe::runtime::docker
