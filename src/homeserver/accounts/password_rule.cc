#include "homeserver/accounts/password_rule.h"

#include <algorithm>

namespace troupe::homeserver::accounts {

std::size_t letters_in(std::string_view text) {
  const auto begins_letter = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_letter));
}

Result<Unit> check_new_password(std::string_view password, const RegistrationSettings& settings) {
  if (password.empty()) return Error(Errc::invalid_param, "The password may not be empty.");
  if (letters_in(password) >= static_cast<std::size_t>(settings.password_min_length)) return Unit{};
  return Error(Errc::invalid_param,
               "The password is too short: at least " + std::to_string(settings.password_min_length) + " characters.")
      .with_wire_code("M_PASSWORD_TOO_SHORT");
}

}  // namespace troupe::homeserver::accounts
