// What troupe.toml and the environment say of services: where they are, and the keys of the default tenant.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "host/setting.h"

namespace troupe::assistant::services {

struct ServiceSettings {
  /// Service → a secret's name, or "base_url" → what was given; nothing that is empty.
  std::map<std::string, std::map<std::string, std::string>, std::less<>> given;
};

/// Rows for the packs that come with the program. A key is known before any folder is read, so packs that were added
/// have none: their variables are read by name (ServerKeys).
std::vector<host::Setting> service_setting_rows();

}  // namespace troupe::assistant::services
