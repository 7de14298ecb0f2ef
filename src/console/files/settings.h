// The keys of the configuration that console reads.
#pragma once
#include <filesystem>

namespace troupe::console::files {

struct ConsoleSettings {
  std::filesystem::path web_dir;  ///< serve the console from disk while developing; empty: what is built in
};

}  // namespace troupe::console::files
