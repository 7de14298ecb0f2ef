// Configuration: troupe.toml, overridden by the environment, overridden by flags. Which keys there are, the modules
// say.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/module.h"

namespace troupe::app {

/// A mistake in the configuration, or a warning about it: `where` is "troupe.toml:12" or "TROUPE_REGISTRATION".
using ConfigProblem = host::Review::Problem;

struct LoadedConfig {
  struct Given {
    std::string value;
    std::string where;
  };
  host::Settings settings;
  std::vector<host::Setting> keys;                  ///< of all modules, by name
  std::map<std::string, Given, std::less<>> given;  ///< by key: what was said last, and where
  std::vector<ConfigProblem> problems;
  /// What would be exposed to other machines without protection: each a sentence that says what to set.
  std::vector<std::string> exposures;
  std::vector<std::string> at_start;  ///< what `troupe serve` says before it starts
  bool usable() const;
};

using Environment = std::function<std::optional<std::string>(std::string_view)>;
/// The process environment.
Environment process_environment();

/// The keys of all modules, by name, each with the variables that set it.
std::vector<host::Setting> keys_of(const std::vector<host::Module>& modules);

/// As a key is written on the command line: "--listen-platform" for "listen.platform".
std::string flag_of(std::string_view key);

/// `flags` are (key, value) pairs. Never fails: every mistake is in `problems`, with the nearest valid key when a key
/// is unknown. `file` may be missing when it was not asked for by name.
LoadedConfig load_config(const std::vector<host::Module>& modules, const std::optional<std::filesystem::path>& file,
                         const Environment& environment, const std::map<std::string, std::string>& flags);

}  // namespace troupe::app
