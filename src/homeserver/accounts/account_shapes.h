// Shapes of accounts, their devices and what administrators do with them (api/shape.h): bodies and answers of the
// Matrix listener, as the specification has them. Bounds count code points; the services count bytes where that
// matters.
#pragma once
#include "api/shape.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/identifier_store.h"
#include "homeserver/common/nothing.h"

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

using homeserver::Nothing;
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

Shape<homeserver::accounts::NewPasswordBody> make_shape(Of<homeserver::accounts::NewPasswordBody>);
Shape<homeserver::accounts::DeactivateBody> make_shape(Of<homeserver::accounts::DeactivateBody>);
Shape<homeserver::accounts::DeviceNameBody> make_shape(Of<homeserver::accounts::DeviceNameBody>);
Shape<homeserver::accounts::DeviceListBody> make_shape(Of<homeserver::accounts::DeviceListBody>);
Shape<homeserver::accounts::Whoami> make_shape(Of<homeserver::accounts::Whoami>);
Shape<homeserver::accounts::ThirdPartyId> make_shape(Of<homeserver::accounts::ThirdPartyId>);
Shape<homeserver::accounts::ThirdPartyIds> make_shape(Of<homeserver::accounts::ThirdPartyIds>);
Shape<homeserver::accounts::ThirdPartyIdBody> make_shape(Of<homeserver::accounts::ThirdPartyIdBody>);
Shape<homeserver::accounts::MailTokenBody> make_shape(Of<homeserver::accounts::MailTokenBody>);
Shape<homeserver::accounts::ProofBody> make_shape(Of<homeserver::accounts::ProofBody>);
Shape<homeserver::accounts::MailSession> make_shape(Of<homeserver::accounts::MailSession>);
Shape<homeserver::accounts::Unbound> make_shape(Of<homeserver::accounts::Unbound>);
Shape<homeserver::accounts::Deactivated> make_shape(Of<homeserver::accounts::Deactivated>);
Shape<homeserver::accounts::OpenIdToken> make_shape(Of<homeserver::accounts::OpenIdToken>);
Shape<homeserver::accounts::OpenIdUser> make_shape(Of<homeserver::accounts::OpenIdUser>);
Shape<homeserver::accounts::LoginToken> make_shape(Of<homeserver::accounts::LoginToken>);
Shape<homeserver::accounts::DeviceRow> make_shape(Of<homeserver::accounts::DeviceRow>);
Shape<homeserver::accounts::DeviceList> make_shape(Of<homeserver::accounts::DeviceList>);
Shape<homeserver::accounts::Nonce> make_shape(Of<homeserver::accounts::Nonce>);
Shape<homeserver::accounts::Lock> make_shape(Of<homeserver::accounts::Lock>);
Shape<homeserver::accounts::Suspension> make_shape(Of<homeserver::accounts::Suspension>);

}  // namespace troupe::api
