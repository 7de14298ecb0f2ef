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

Shape<NewPasswordBody> make_shape(Of<NewPasswordBody>) {
  return Shape<NewPasswordBody>::matrix_request(
      {member<&NewPasswordBody::new_password>("new_password",
                                              {.most = homeserver::accounts::PasswordPool::kMaxPasswordBytes}),
       member<&NewPasswordBody::logout_devices>("logout_devices", {.may_lack = true})});
}

Shape<DeactivateBody> make_shape(Of<DeactivateBody>) {
  return Shape<DeactivateBody>::matrix_request({member<&DeactivateBody::erase>("erase", {.may_lack = true})});
}

Shape<DeviceNameBody> make_shape(Of<DeviceNameBody>) {
  return Shape<DeviceNameBody>::matrix_request(
      {member<&DeviceNameBody::display_name>("display_name", {.most = DeviceService::kMaxDisplayNameBytes})});
}

Shape<DeviceListBody> make_shape(Of<DeviceListBody>) {
  return Shape<DeviceListBody>::matrix_request({member<&DeviceListBody::devices>(
      "devices", {.most = kMaxDevicesAtOnce, .each_most = DeviceService::kMaxDeviceIdBytes})});
}

Shape<Whoami> make_shape(Of<Whoami>) {
  return Shape<Whoami>::part({member<&Whoami::user_id>("user_id"), member<&Whoami::is_guest>("is_guest"),
                              member<&Whoami::device_id>("device_id", {.may_lack = true})});
}

Shape<ThirdPartyId> make_shape(Of<ThirdPartyId>) {
  return Shape<ThirdPartyId>::part({member<&ThirdPartyId::medium>("medium"), member<&ThirdPartyId::address>("address"),
                                    member<&ThirdPartyId::added_ms>("added_at"),
                                    member<&ThirdPartyId::added_ms>("validated_at")});
}

Shape<ThirdPartyIds> make_shape(Of<ThirdPartyIds>) {
  return Shape<ThirdPartyIds>::part({member<&ThirdPartyIds::threepids>("threepids")});
}

Shape<ThirdPartyIdBody> make_shape(Of<ThirdPartyIdBody>) {
  return Shape<ThirdPartyIdBody>::matrix_request(
      {member<&ThirdPartyIdBody::medium>("medium", {.one_of = kMediums}),
       member<&ThirdPartyIdBody::address>("address", {.most = kMaxAddress})});
}

Shape<MailTokenBody> make_shape(Of<MailTokenBody>) {
  return Shape<MailTokenBody>::matrix_request(
      {member<&MailTokenBody::client_secret>("client_secret", {.least = 1, .most = kMaxSecret}),
       member<&MailTokenBody::email>("email", {.most = kMaxAddress}),
       member<&MailTokenBody::send_attempt>("send_attempt", {.least = 0, .most = kMaxAttempt}),
       member<&MailTokenBody::next_link>("next_link", {.most = kMaxNextLink, .may_lack = true})});
}

Shape<ProofBody> make_shape(Of<ProofBody>) {
  return Shape<ProofBody>::matrix_request({member<&ProofBody::sid>("sid", {.most = kMaxSecret}),
                                           member<&ProofBody::client_secret>("client_secret", {.most = kMaxSecret})});
}

Shape<MailSession> make_shape(Of<MailSession>) { return Shape<MailSession>::part({member<&MailSession::sid>("sid")}); }

Shape<Unbound> make_shape(Of<Unbound>) {
  return Shape<Unbound>::part({member<&Unbound::id_server_unbind_result>("id_server_unbind_result")});
}

Shape<Deactivated> make_shape(Of<Deactivated>) {
  return Shape<Deactivated>::part({member<&Deactivated::id_server_unbind_result>("id_server_unbind_result")});
}

Shape<OpenIdToken> make_shape(Of<OpenIdToken>) {
  return Shape<OpenIdToken>::part({member<&OpenIdToken::access_token>("access_token"),
                                   made<[](const OpenIdToken&) { return std::string_view("Bearer"); }>("token_type"),
                                   member<&OpenIdToken::matrix_server_name>("matrix_server_name"),
                                   member<&OpenIdToken::expires_in>("expires_in")});
}

Shape<OpenIdUser> make_shape(Of<OpenIdUser>) { return Shape<OpenIdUser>::part({member<&OpenIdUser::sub>("sub")}); }

Shape<LoginToken> make_shape(Of<LoginToken>) {
  return Shape<LoginToken>::part(
      {member<&LoginToken::login_token>("login_token"), member<&LoginToken::expires_in_ms>("expires_in_ms")});
}

Shape<DeviceRow> make_shape(Of<DeviceRow>) {
  return Shape<DeviceRow>::part(
      {member<&DeviceRow::device_id>("device_id"), member<&DeviceRow::display_name>("display_name"),
       member<&DeviceRow::last_seen_ip>("last_seen_ip"), member<&DeviceRow::last_seen_ms>("last_seen_ts"),
       made<[](const DeviceRow& row) { return row.dehydrated ? std::optional(true) : std::nullopt; }>(
           "dehydrated", {.description = "only of a device that nobody is signed in on (MSC3814)"})});
}

Shape<DeviceList> make_shape(Of<DeviceList>) {
  return Shape<DeviceList>::part({member<&DeviceList::devices>("devices")});
}

Shape<Nonce> make_shape(Of<Nonce>) { return Shape<Nonce>::part({member<&Nonce::nonce>("nonce")}); }

Shape<Lock> make_shape(Of<Lock>) { return Shape<Lock>::matrix_request({member<&Lock::locked>("locked")}); }

Shape<Suspension> make_shape(Of<Suspension>) {
  return Shape<Suspension>::matrix_request({member<&Suspension::suspended>("suspended")});
}

}  // namespace troupe::api
