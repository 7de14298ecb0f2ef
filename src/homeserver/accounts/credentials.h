// The parts of bodies that login and register have in common.
#pragma once
#include <optional>
#include <string>

#include "homeserver/accounts/device_service.h"
#include "host/settings.h"
#include "matrix/json.h"

namespace troupe::homeserver::accounts {

/// What a client says about the device it signs in with.
struct DeviceWishes {
  std::string device_id;  ///< empty: make one
  std::optional<std::string> display_name;
  bool refresh_token = false;
};

/// Errors: bad_json, invalid_param.
Result<DeviceWishes> read_device_wishes(const matrix::JsonObject& body);

SignIn sign_in_of(std::string user_id, DeviceWishes wanted, std::string remote_address);

/// How an application service signs its users in, and makes them.
inline constexpr std::string_view kLoginByService = "m.login.application_service";

/// An application service asked for a user outside of its namespaces: 400 M_EXCLUSIVE.
Error not_its_user();

/// The answer of login and register.
matrix::JsonObject credentials_json(const Credentials& made, const host::Settings& settings);

}  // namespace troupe::homeserver::accounts
