// How the program of a pack is started.
#pragma once
#include <filesystem>

#include "assistant/calls/call.h"
#include "runtime/sandbox/programs.h"

namespace troupe::assistant::mcp_client {

/// With its arguments, its secrets in its environment, and its folder in `folders`, which is made. `path`: where
/// programs outside the sandbox are found; empty: in the system's folders.
runtime::sandbox::ProgramOrder program_order(const calls::Service& service, const std::filesystem::path& folders,
                                             const std::string& path);

}  // namespace troupe::assistant::mcp_client
