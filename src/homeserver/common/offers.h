// What the server says it can do. Each folder adds its own while it is set up; routes show it.
#pragma once
#include <string>
#include <vector>

#include "matrix/json.h"

namespace troupe::homeserver {

/// One per server. Not changed while requests are served.
struct Offers {
  std::vector<std::string> unstable_features;  ///< proposals that are served, by the names that clients look for
  matrix::JsonObject capabilities;
  matrix::JsonObject admin_capabilities;  ///< shown to administrators, besides
  matrix::JsonArray login_flows;
};

}  // namespace troupe::homeserver
