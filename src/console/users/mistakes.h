// On which field of a form stands what the homeserver found wrong.
#pragma once
#include <string_view>

#include "base/field_errors.h"

namespace troupe::console::users {

inline constexpr std::size_t kMostNameBytes = 256;

/// The schema counts characters, the homeserver bytes. Error: invalid_param, on display_name.
inline Result<Unit> check_display_name(std::string_view name) {
  if (name.size() <= kMostNameBytes) return Unit{};
  return base::field_error("/display_name",
                           "The display name is longer than 256 bytes: letters of many scripts take two to four each.");
}

/// That of a password that is too short on its field.
inline Error placed_password(Error error) {
  if (error.wire_code() != "M_PASSWORD_TOO_SHORT") return error;
  return base::placed_under(std::move(error), "/password");
}

}  // namespace troupe::console::users
