#include "homeserver/accounts/password_rule.h"

#include "base/words.h"

namespace troupe::homeserver::accounts {

Result<Unit> check_new_password(std::string_view password, const RegistrationSettings& settings) {
  if (password.empty()) return Error(Errc::invalid_param, "The password may not be empty.");
  if (base::letters_of(password) >= static_cast<std::size_t>(settings.password_min_length)) return Unit{};
  return Error(Errc::invalid_param,
               "The password is too short: at least " + std::to_string(settings.password_min_length) + " characters.")
      .with_wire_code("M_PASSWORD_TOO_SHORT");
}

}  // namespace troupe::homeserver::accounts
