// What `troupe doctor` looks at: each module brings the checks of what it owns. Health (Context::health) says how a
// running server is; these say how the machine, the files and the settings are, with a server or without.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "host/settings.h"

namespace troupe::host {

/// What one look has found.
struct Finding {
  enum class Level {
    ok,
    warning,  ///< it works; somebody should know
    trouble,  ///< it does not work, will not for long, or is open to others
  };
  Level level = Level::ok;
  std::string says;    ///< "the disk has 12 GiB free"
  std::string remedy;  ///< what to do; empty when all is well
};
inline Finding ok(std::string says) { return {Finding::Level::ok, std::move(says), {}}; }
inline Finding warning(std::string says, std::string remedy) {
  return {Finding::Level::warning, std::move(says), std::move(remedy)};
}
inline Finding trouble(std::string says, std::string remedy) {
  return {Finding::Level::trouble, std::move(says), std::move(remedy)};
}

/// What a check may look at.
struct Examination {
  const Settings& settings;
  const base::Clock& clock;
  bool server_runs = false;  ///< on this data folder
};

/// One check. It runs in the process of the command, beside the server: it changes nothing, takes no lock, asks nobody
/// over the network but a service that the settings name, for seconds at most, and does not throw.
struct DoctorCheck {
  std::string name;  ///< "disk"
  std::function<Finding(const Examination&)> run;
};

/// Whether only the owner may read and write a file or a folder, as a secret must be. Nothing there: ok.
Finding examine_mode(const std::filesystem::path& path, std::string_view what);

}  // namespace troupe::host
