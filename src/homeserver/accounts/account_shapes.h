// Shapes of accounts, their devices and what administrators do with them (api/shape.h): bodies and answers of the
// Matrix listener, as the specification has them. Bounds count code points; the services count bytes where that
// matters.
#pragma once
#include "api/shape.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/identifier_store.h"

namespace troupe::homeserver::accounts {

// Bodies.

struct NewPasswordBody {
  std::optional<std::string> new_password;
  bool logout_devices = true;
};
struct DeactivateBody {
  bool erase = false;
};
struct DeviceNameBody {
  std::optional<std::string> display_name;
};
struct ThirdPartyIdBody {
  std::string medium;
  std::string address;
};
struct MailTokenBody {
  std::string client_secret;
  std::string email;
  std::int64_t send_attempt = 0;
  std::string next_link;  ///< empty: none
};
struct ProofBody {
  std::string sid;
  std::string client_secret;
};
struct DeviceListBody {
  std::vector<std::string> devices;
};

// Answers.

struct Nothing {};
struct Whoami {
  std::string user_id;
  std::string device_id;  ///< empty: none
  bool is_guest = false;
};
struct ThirdPartyIds {
  std::vector<ThirdPartyId> threepids;
};
struct MailSession {
  std::string sid;
};
struct Unbound {
  std::string_view id_server_unbind_result = "no-support";
};
struct Deactivated {
  std::string_view id_server_unbind_result = "no-support";
};
struct OpenIdToken {
  std::string access_token;
  std::string matrix_server_name;
  std::int64_t expires_in = 0;  ///< seconds
};
struct OpenIdUser {
  std::string sub;
};
struct LoginToken {
  std::string login_token;
  std::int64_t expires_in_ms = 0;
};
struct DeviceList {
  std::vector<DeviceRow> devices;
};
struct Nonce {
  std::string nonce;
};

/// Bodies and answers.
struct Lock {
  bool locked = false;
};
struct Suspension {
  bool suspended = false;
};

}  // namespace troupe::homeserver::accounts

namespace troupe::api {

template <>
const Shape<homeserver::accounts::NewPasswordBody>& shape_of();
template <>
const Shape<homeserver::accounts::DeactivateBody>& shape_of();
template <>
const Shape<homeserver::accounts::DeviceNameBody>& shape_of();
template <>
const Shape<homeserver::accounts::DeviceListBody>& shape_of();
template <>
const Shape<homeserver::accounts::Nothing>& shape_of();
template <>
const Shape<homeserver::accounts::Whoami>& shape_of();
template <>
const Shape<homeserver::accounts::ThirdPartyId>& shape_of();
template <>
const Shape<homeserver::accounts::ThirdPartyIds>& shape_of();
template <>
const Shape<homeserver::accounts::ThirdPartyIdBody>& shape_of();
template <>
const Shape<homeserver::accounts::MailTokenBody>& shape_of();
template <>
const Shape<homeserver::accounts::ProofBody>& shape_of();
template <>
const Shape<homeserver::accounts::MailSession>& shape_of();
template <>
const Shape<homeserver::accounts::Unbound>& shape_of();
template <>
const Shape<homeserver::accounts::Deactivated>& shape_of();
template <>
const Shape<homeserver::accounts::OpenIdToken>& shape_of();
template <>
const Shape<homeserver::accounts::OpenIdUser>& shape_of();
template <>
const Shape<homeserver::accounts::LoginToken>& shape_of();
template <>
const Shape<homeserver::accounts::DeviceRow>& shape_of();
template <>
const Shape<homeserver::accounts::DeviceList>& shape_of();
template <>
const Shape<homeserver::accounts::Nonce>& shape_of();
template <>
const Shape<homeserver::accounts::Lock>& shape_of();
template <>
const Shape<homeserver::accounts::Suspension>& shape_of();

}  // namespace troupe::api
