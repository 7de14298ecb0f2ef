// What can make a sandbox on this machine.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "runtime/sandbox/settings.h"

namespace troupe::runtime::sandbox {

struct Backend {
  std::string name;     ///< bubblewrap, podman, docker
  std::string program;  ///< absolute path
  bool is_container() const { return name != "bubblewrap"; }
};

/// Those whose program is there and that the settings allow, the best first. `folders`: where programs are.
std::vector<Backend> find_backends(const CommandSettings& settings, const std::vector<std::string>& folders);

/// What a shell says of its surroundings, one `name=value` a line, and which values show that it is confined.
/// Environment the script wants: SEEN_FROM_OUTSIDE, the path of a folder that it may see empty at most.
extern const char* const kProbeScript;
/// Nothing when it is; else what is wrong, for people.
std::optional<std::string> find_hole(const std::string& said);

}  // namespace troupe::runtime::sandbox
