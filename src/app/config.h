// Configuration: troupe.toml, overridden by the environment, overridden by flags.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/settings.h"

namespace troupe::app {

/// A mistake in the configuration, or a warning about it.
struct ConfigProblem {
  bool fatal = true;
  std::string where;  ///< "troupe.toml:12" or "TROUPE_REGISTRATION"
  std::string message;
};

struct LoadedConfig {
  struct Given {
    std::string value;
    std::string where;
  };
  host::Settings settings;
  std::map<std::string, Given, std::less<>> given;  ///< by key: what was said last, and where
  std::vector<ConfigProblem> problems;
  bool usable() const;
};

/// One documented key, for `config check`, `--help` and the docs page.
struct ConfigKey {
  std::string_view key;                       ///< "registration.mode"
  std::vector<std::string_view> environment;  ///< the first that is set wins
  std::string_view help;
};
const std::vector<ConfigKey>& config_keys();

using Environment = std::function<std::optional<std::string>(std::string_view)>;
/// The process environment.
Environment process_environment();

/// `flags` are (key, value) pairs in the words of config_keys(). Never fails: every mistake is in `problems`, with the
/// nearest valid key when a key is unknown. `file` may be missing when it was not asked for by name.
LoadedConfig load_config(const std::optional<std::filesystem::path>& file, const Environment& environment,
                         const std::map<std::string, std::string>& flags);

/// What would be exposed to other machines without protection: each a sentence that says what to set. Empty: fine.
std::vector<std::string> exposure_problems(const host::Settings& settings);

/// "127.0.0.1:8001" or "[::1]:8001". Error invalid_param.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};
Result<Endpoint> parse_endpoint(std::string_view text);
bool is_loopback(std::string_view host);

}  // namespace troupe::app
