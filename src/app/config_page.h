// docs/configuration.md, out of the keys that the modules declare.
#pragma once
#include <string>
#include <vector>

#include "host/setting.h"

namespace troupe::app {

/// The page whole, in Markdown: a table for each group of keys, those with the same first word.
std::string configuration_page(const std::vector<host::Setting>& keys);

}  // namespace troupe::app
