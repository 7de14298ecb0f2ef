// An account as the admin API tells of it. Only tests include this.
#pragma once
#include <string_view>

#include "matrix/json.h"

namespace troupe::homeserver::admin {

/// What each list and each account shows of one about whom nothing is special, but for its times.
inline matrix::JsonObject listed_user(std::string_view name, std::string_view displayname) {
  return {{"name", name},          {"is_guest", false}, {"admin", false},         {"user_type", nullptr},
          {"deactivated", false},  {"erased", false},   {"shadow_banned", false}, {"displayname", displayname},
          {"avatar_url", nullptr}, {"locked", false}};
}

}  // namespace troupe::homeserver::admin
