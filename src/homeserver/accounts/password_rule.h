// What a new password must be: one rule for every door.
#pragma once
#include <string_view>

#include "base/result.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::accounts {

/// Errors: invalid_param (empty), 400 M_PASSWORD_TOO_SHORT (MSC2000; Synapse's word, too).
Result<Unit> check_new_password(std::string_view password, const RegistrationSettings& settings);

}  // namespace troupe::homeserver::accounts
