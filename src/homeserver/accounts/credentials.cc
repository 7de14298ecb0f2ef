#include "homeserver/accounts/credentials.h"

#include "homeserver/common/client_route.h"

namespace troupe::homeserver::accounts {

Result<DeviceWishes> read_device_wishes(const matrix::JsonObject& body) {
  DeviceWishes wishes;
  TRY(auto device_id, net::route::optional_string(body, "device_id", DeviceService::kMaxDeviceIdBytes));
  wishes.device_id = std::move(device_id).value_or("");
  TRY(wishes.display_name,
      net::route::optional_string(body, "initial_device_display_name", DeviceService::kMaxDisplayNameBytes));
  TRY(wishes.refresh_token, net::route::optional_bool(body, "refresh_token", false));
  return wishes;
}

SignIn sign_in_of(std::string user_id, DeviceWishes wanted, std::string remote_address) {
  return {.user_id = std::move(user_id),
          .device_id = std::move(wanted.device_id),
          .display_name = std::move(wanted.display_name),
          .with_refresh_token = wanted.refresh_token,
          .remote_address = std::move(remote_address)};
}

matrix::JsonObject credentials_json(const Credentials& made, const host::Settings& settings) {
  matrix::JsonObject answer{{"user_id", made.user_id},
                            {"access_token", made.access_token},
                            {"device_id", made.device_id},
                            {"home_server", settings.server_name}};
  if (made.refresh_token) answer["refresh_token"] = *made.refresh_token;
  if (made.expires_in_ms) answer["expires_in_ms"] = *made.expires_in_ms;
  if (!settings.public_base_url.empty()) {
    answer["well_known"] = {{"m.homeserver", {{"base_url", settings.public_base_url}}}};
  }
  return answer;
}

Error not_its_user() {
  return Error(Errc::invalid_param, "This user is not in a namespace of the application service.")
      .with_wire_code("M_EXCLUSIVE");
}

}  // namespace troupe::homeserver::accounts
