// The keys of the configuration that running commands reads.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/setting.h"
#include "runtime/sandbox/command_types.h"

namespace troupe::runtime::sandbox {

struct CommandSettings {
  bool allow = false;
  Mode mode = Mode::sandbox;
  std::vector<std::string> host_allow{};  ///< programs of the host's mode: absolute paths or plain names
  std::string backend = "auto";           ///< bubblewrap, podman, docker
  std::string image{};                    ///< of containers; empty: none are used
  std::int64_t time_ms = 60'000;          ///< unless an order says otherwise
  std::int64_t memory_mib = 256;
  std::int64_t processes = 64;
  std::int64_t output_kib = 64;  ///< of each stream
  std::int64_t at_once = 8;
};

std::vector<host::Setting> command_settings();
/// The host's mode without a list of programs runs nothing; with one, people should know.
void review_commands(const host::Settings& settings, host::Review& review);

}  // namespace troupe::runtime::sandbox
