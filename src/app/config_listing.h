// The configuration in force as people read it, without its secrets.
#pragma once
#include "app/config.h"

namespace troupe::app {

/// One line for each key: what it is, where that was said ("default" when nowhere), what the key is about. A secret is
/// "set" or empty; a password inside a URL is replaced. For the console's settings page.
std::vector<host::SettingLine> list_settings(const LoadedConfig& config);

}  // namespace troupe::app
