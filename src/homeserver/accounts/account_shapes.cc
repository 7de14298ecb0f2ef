#include "homeserver/accounts/account_shapes.h"

#include "homeserver/accounts/device_service.h"
#include "homeserver/accounts/password_pool.h"

namespace troupe::api {

using homeserver::accounts::DeactivateBody;
using homeserver::accounts::Deactivated;
using homeserver::accounts::DeviceList;
using homeserver::accounts::DeviceListBody;
using homeserver::accounts::DeviceNameBody;
using homeserver::accounts::DeviceRow;
using homeserver::accounts::DeviceService;
using homeserver::accounts::Lock;
using homeserver::accounts::LoginToken;
using homeserver::accounts::MailSession;
using homeserver::accounts::MailTokenBody;
using homeserver::accounts::NewPasswordBody;
using homeserver::accounts::Nonce;
using homeserver::accounts::Nothing;
using homeserver::accounts::OpenIdToken;
using homeserver::accounts::OpenIdUser;
using homeserver::accounts::ProofBody;
using homeserver::accounts::Suspension;
using homeserver::accounts::ThirdPartyId;
using homeserver::accounts::ThirdPartyIdBody;
using homeserver::accounts::ThirdPartyIds;
using homeserver::accounts::Unbound;
using homeserver::accounts::Whoami;

namespace {

constexpr std::int64_t kMaxDevicesAtOnce = 1000;
constexpr std::int64_t kMaxAddress = 500;
constexpr std::int64_t kMaxSecret = 255;
constexpr std::int64_t kMaxNextLink = 2048;
constexpr std::int64_t kMaxAttempt = 1'000'000'000;
constexpr std::string_view kMediums[] = {"email", "msisdn"};

}  // namespace

template <>
const Shape<NewPasswordBody>& shape_of() {
  static const auto shape = Shape<NewPasswordBody>::matrix_request(
      {member<&NewPasswordBody::new_password>("new_password",
                                              {.most = homeserver::accounts::PasswordPool::kMaxPasswordBytes}),
       member<&NewPasswordBody::logout_devices>("logout_devices", {.may_lack = true})});
  return shape;
}

template <>
const Shape<DeactivateBody>& shape_of() {
  static const auto shape =
      Shape<DeactivateBody>::matrix_request({member<&DeactivateBody::erase>("erase", {.may_lack = true})});
  return shape;
}

template <>
const Shape<DeviceNameBody>& shape_of() {
  static const auto shape = Shape<DeviceNameBody>::matrix_request(
      {member<&DeviceNameBody::display_name>("display_name", {.most = DeviceService::kMaxDisplayNameBytes})});
  return shape;
}

template <>
const Shape<DeviceListBody>& shape_of() {
  static const auto shape = Shape<DeviceListBody>::matrix_request({member<&DeviceListBody::devices>(
      "devices", {.most = kMaxDevicesAtOnce, .each_most = DeviceService::kMaxDeviceIdBytes})});
  return shape;
}

template <>
const Shape<Nothing>& shape_of() {
  static const auto shape = Shape<Nothing>::part({});
  return shape;
}

template <>
const Shape<Whoami>& shape_of() {
  static const auto shape =
      Shape<Whoami>::part({member<&Whoami::user_id>("user_id"), member<&Whoami::is_guest>("is_guest"),
                           member<&Whoami::device_id>("device_id", {.may_lack = true})});
  return shape;
}

template <>
const Shape<ThirdPartyId>& shape_of() {
  static const auto shape = Shape<ThirdPartyId>::part(
      {member<&ThirdPartyId::medium>("medium"), member<&ThirdPartyId::address>("address"),
       member<&ThirdPartyId::added_ms>("added_at"), member<&ThirdPartyId::added_ms>("validated_at")});
  return shape;
}

template <>
const Shape<ThirdPartyIds>& shape_of() {
  static const auto shape = Shape<ThirdPartyIds>::part({member<&ThirdPartyIds::threepids>("threepids")});
  return shape;
}

template <>
const Shape<ThirdPartyIdBody>& shape_of() {
  static const auto shape =
      Shape<ThirdPartyIdBody>::matrix_request({member<&ThirdPartyIdBody::medium>("medium", {.one_of = kMediums}),
                                               member<&ThirdPartyIdBody::address>("address", {.most = kMaxAddress})});
  return shape;
}

template <>
const Shape<MailTokenBody>& shape_of() {
  static const auto shape = Shape<MailTokenBody>::matrix_request(
      {member<&MailTokenBody::client_secret>("client_secret", {.least = 1, .most = kMaxSecret}),
       member<&MailTokenBody::email>("email", {.most = kMaxAddress}),
       member<&MailTokenBody::send_attempt>("send_attempt", {.least = 0, .most = kMaxAttempt}),
       member<&MailTokenBody::next_link>("next_link", {.most = kMaxNextLink, .may_lack = true})});
  return shape;
}

template <>
const Shape<ProofBody>& shape_of() {
  static const auto shape =
      Shape<ProofBody>::matrix_request({member<&ProofBody::sid>("sid", {.most = kMaxSecret}),
                                        member<&ProofBody::client_secret>("client_secret", {.most = kMaxSecret})});
  return shape;
}

template <>
const Shape<MailSession>& shape_of() {
  static const auto shape = Shape<MailSession>::part({member<&MailSession::sid>("sid")});
  return shape;
}

template <>
const Shape<Unbound>& shape_of() {
  static const auto shape =
      Shape<Unbound>::part({member<&Unbound::id_server_unbind_result>("id_server_unbind_result")});
  return shape;
}

template <>
const Shape<Deactivated>& shape_of() {
  static const auto shape =
      Shape<Deactivated>::part({member<&Deactivated::id_server_unbind_result>("id_server_unbind_result")});
  return shape;
}

template <>
const Shape<OpenIdToken>& shape_of() {
  static const auto shape = Shape<OpenIdToken>::part(
      {member<&OpenIdToken::access_token>("access_token"),
       made<[](const OpenIdToken&) { return std::string_view("Bearer"); }>("token_type"),
       member<&OpenIdToken::matrix_server_name>("matrix_server_name"), member<&OpenIdToken::expires_in>("expires_in")});
  return shape;
}

template <>
const Shape<OpenIdUser>& shape_of() {
  static const auto shape = Shape<OpenIdUser>::part({member<&OpenIdUser::sub>("sub")});
  return shape;
}

template <>
const Shape<LoginToken>& shape_of() {
  static const auto shape = Shape<LoginToken>::part(
      {member<&LoginToken::login_token>("login_token"), member<&LoginToken::expires_in_ms>("expires_in_ms")});
  return shape;
}

template <>
const Shape<DeviceRow>& shape_of() {
  static const auto shape = Shape<DeviceRow>::part(
      {member<&DeviceRow::device_id>("device_id"), member<&DeviceRow::display_name>("display_name"),
       member<&DeviceRow::last_seen_ip>("last_seen_ip"), member<&DeviceRow::last_seen_ms>("last_seen_ts"),
       made<[](const DeviceRow& row) { return row.dehydrated ? std::optional(true) : std::nullopt; }>(
           "dehydrated", {.description = "only of a device that nobody is signed in on (MSC3814)"})});
  return shape;
}

template <>
const Shape<DeviceList>& shape_of() {
  static const auto shape = Shape<DeviceList>::part({member<&DeviceList::devices>("devices")});
  return shape;
}

template <>
const Shape<Nonce>& shape_of() {
  static const auto shape = Shape<Nonce>::part({member<&Nonce::nonce>("nonce")});
  return shape;
}

template <>
const Shape<Lock>& shape_of() {
  static const auto shape = Shape<Lock>::matrix_request({member<&Lock::locked>("locked")});
  return shape;
}

template <>
const Shape<Suspension>& shape_of() {
  static const auto shape = Shape<Suspension>::matrix_request({member<&Suspension::suspended>("suspended")});
  return shape;
}

}  // namespace troupe::api
