#include "runtime/docker/module.h"

#include <stdexcept>

#include "runtime/docker/driver.h"
#include "runtime/docker/settings.h"
#include "runtime/instance.h"

namespace troupe::runtime::docker {
namespace {

Result<Unit> set_up_containers(host::Context& c) {
  auto& drivers = c.get<Drivers>();
  const auto& settings = c.settings().of<ContainerSettings>();
  for (const auto& [name, host] :
       {std::pair{kDockerDriver, settings.docker_host}, std::pair{kPodmanDriver, settings.podman_host}}) {
    if (host.empty()) continue;
    TRY(auto instance, instance_of(c.settings().data_dir, settings.instance));
    const bool has_tls = !host.starts_with("unix:");
    try {
      drivers.add(
          c.make<DockerDriver>(DockerDriver::Options{.name = std::string(name),
                                                     .host = host,
                                                     .certificates = has_tls ? settings.certificates : std::string(),
                                                     .defaults = {.image = settings.image, .network = settings.network},
                                                     .instance = std::move(instance),
                                                     .folder = containers_folder(c.settings().data_dir) / name},
                               c.metrics()));
    } catch (const std::invalid_argument& wrong) {
      return Error(Errc::invalid_param, wrong.what());
    }
  }
  return Unit{};
}

}  // namespace

host::Module containers_module() {
  return {.name = "containers",
          .setup = set_up_containers,
          .settings = container_settings(),
          .review = review_containers,
          .backup = {host::backup_of_files("containers", "logs of containers that run as tasks, and whose they are",
                                           [](const host::Settings& s) -> std::vector<std::filesystem::path> {
                                             return {containers_folder(s.data_dir)};
                                           })}};
}

}  // namespace troupe::runtime::docker
