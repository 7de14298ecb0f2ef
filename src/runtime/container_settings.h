// The keys of the configuration that running tasks as containers reads, and the drivers they make.
#pragma once
#include <string>
#include <vector>

#include "host/module.h"
#include "host/setting.h"
#include "runtime/task_driver.h"

namespace troupe::runtime {

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

/// Adds a driver for each engine that is configured; none is waited for. Errors: invalid_param (a setting), unavailable
/// (the data folder).
Result<Unit> add_container_drivers(host::Context& context, Drivers& drivers);

}  // namespace troupe::runtime
