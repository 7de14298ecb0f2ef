// The command lines of the programs that confine a command. Nothing here goes through a shell.
#pragma once
#include <string>
#include <vector>

#include "runtime/sandbox/command_types.h"

namespace troupe::runtime::sandbox {

/// What a sandbox shows and allows.
struct Confinement {
  std::string folder{};  ///< absolute, without links; empty: in memory
  bool writable = false;
  std::vector<std::string> hidden{};  ///< folders of this machine that no command may see
  CommandLimits limits{};             ///< none of them zero
};

/// bubblewrap's, up to the helper that it starts (shim/confined.h): namespaces of its own for users, processes,
/// network, IPC, names and control groups; a root that nobody can write, with /usr and what programs need of /etc,
/// /proc that cannot be written either (a sandbox of root's could else change /proc/sys), and folders in memory of
/// bounded size; no capability; gone with its parent.
std::vector<std::string> bubblewrap_arguments(const std::string& bubblewrap, const Confinement& confinement);

struct Container {
  std::string engine;  ///< podman or docker, or a program that takes the same arguments
  std::string image;   ///< must be there: nothing is fetched
  std::string name;    ///< of this one container
};
/// Of `podman run` or `docker run`, the command included.
std::vector<std::string> container_arguments(const Container& container, const Confinement& confinement,
                                             const std::string& cwd,
                                             const std::vector<std::string>& environment,  ///< NAME=value
                                             const std::vector<std::string>& argv);
/// Ends it: the engine's client is not its parent.
std::vector<std::string> container_end(const Container& container);

}  // namespace troupe::runtime::sandbox
