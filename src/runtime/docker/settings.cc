#include "runtime/docker/settings.h"

#include "runtime/engine/host_address.h"
#include "runtime/in_clear.h"
#include "runtime/instance.h"

namespace troupe::runtime::docker {
namespace {

std::optional<std::string> wrong_engine_host(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto read = engine::read_host(text, false);
  return read ? std::nullopt : std::optional(read.error().message());
}

std::optional<std::string> wrong_instance(const std::string& text) {
  if (text.empty() || is_instance(text)) return std::nullopt;
  return "must be 1 to 32 of a-z, 0-9 and -";
}

}  // namespace

std::vector<host::Setting> container_settings() {
  return {
      {.key = "docker.host",
       .environment = {"TROUPE_DOCKER_HOST", "DOCKER_HOST"},
       .value = host::text(&ContainerSettings::docker_host, "unix:///path or tcp://host:port", &wrong_engine_host),
       .help = "where a Docker engine listens, for the task driver docker; empty: there is none"},
      {.key = "podman.host",
       .environment = {"TROUPE_PODMAN_HOST", "CONTAINER_HOST"},
       .value = host::text(&ContainerSettings::podman_host, "unix:///path or tcp://host:port", &wrong_engine_host),
       .help = "where Podman's service listens, for the task driver podman; empty: there is none"},
      {.key = "docker.cert_path",
       .environment = {"TROUPE_DOCKER_CERT_PATH", "DOCKER_CERT_PATH"},
       .value = host::text(&ContainerSettings::certificates),
       .help = "a folder with ca.pem, cert.pem and key.pem: tcp:// is spoken with TLS then"},
      {.key = "docker.image",
       .value = host::text(&ContainerSettings::image),
       .help = "the image of tasks whose driver_config names none"},
      {.key = "docker.network",
       .environment = {"TROUPE_DOCKER_NETWORK", "DOCKER_NETWORK"},
       .value = host::text(&ContainerSettings::network),
       .help = "the network of tasks whose driver_config names none; empty: the engine's own"},
      {.key = "docker.instance",
       .value = host::text(&ContainerSettings::instance, "up to 32 of a-z, 0-9 and -", &wrong_instance),
       .help = "whose containers on the engine are this server's; empty: a name made once for the data folder"},
  };
}

void review_containers(const host::Settings& settings, host::Review& review) {
  const auto& containers = settings.of<ContainerSettings>();
  for (const auto& [key, text] :
       {std::pair{"docker.host", containers.docker_host}, std::pair{"podman.host", containers.podman_host}}) {
    const auto address = engine::read_host(text, !containers.certificates.empty());
    if (!address || !address->unix_socket.empty() || !is_in_clear(address->url)) continue;
    review.problems.push_back({.fatal = false,
                               .where = key,
                               .message = "is spoken to without TLS: who hears it can read the secrets of tasks and "
                                          "run containers as root; set docker.cert_path"});
  }
}

}  // namespace troupe::runtime::docker
