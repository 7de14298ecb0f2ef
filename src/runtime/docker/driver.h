// Runs tasks as containers of a Docker engine, or of Podman's compatible socket. README.md has the whole.
#pragma once
#include <filesystem>
#include <memory>

#include "base/metrics.h"
#include "runtime/docker/spec.h"
#include "runtime/homed_driver.h"

namespace troupe::runtime::docker {

inline constexpr std::string_view kDockerDriver = "docker";
inline constexpr std::string_view kPodmanDriver = "podman";

struct DockerState;

/// One for an engine and an instance. Works on a thread of its own. Containers that do not bear the instance's label
/// are never touched.
class DockerDriver final : public HomedDriver<DockerState> {
 public:
  struct Options {
    std::string name{kDockerDriver};
    std::string host{};          ///< unix:///path, tcp://host:port, http(s)://host:port
    std::string certificates{};  ///< a folder with ca.pem, cert.pem and key.pem; empty: no TLS of our own
    ContainerDefaults defaults{};
    std::string instance{};                           ///< whose containers are ours, [a-z0-9]{1,32}
    std::filesystem::path folder{};                   ///< holds what tasks said; made when missing
    std::chrono::milliseconds look_every{15'000};     ///< how late the end of a task is seen that no event told of
    std::chrono::milliseconds kill_patience{30'000};  ///< after the kill, for the engine to say that it is dead
  };
  /// Does not wait for the engine. Throws std::invalid_argument (host, certificates).
  DockerDriver(Options options, base::MetricRegistry& metrics);
  /// Containers go on.
  ~DockerDriver() override;

  std::string_view name() const override;
  /// No commands inside a task: the engine cannot end one, so no patience could be kept.
  Capabilities capabilities() const override;
  /// As the engine answered last.
  Fingerprint fingerprint() const override;
  std::string_view config_schema() const override;
};

}  // namespace troupe::runtime::docker
