#include "homeserver/admin/user_shapes.h"

#include "homeserver/accounts/account_shapes.h"
#include "homeserver/accounts/password_pool.h"
#include "homeserver/accounts/profile_service.h"

namespace troupe::api {

using homeserver::accounts::ExternalId;
using homeserver::accounts::PasswordPool;
using homeserver::accounts::ProfileService;
using homeserver::admin::AccessToken;
using homeserver::admin::AdminFlag;
using homeserver::admin::AdminUser;
using homeserver::admin::Connection;
using homeserver::admin::ConnectionList;
using homeserver::admin::ExternalIdBody;
using homeserver::admin::LoginAsBody;
using homeserver::admin::NameAvailable;
using homeserver::admin::ResetPasswordBody;
using homeserver::admin::SessionList;
using homeserver::admin::SuspendBody;
using homeserver::admin::ThirdPartyIdBody;
using homeserver::admin::UserBody;
using homeserver::admin::UserDetails;
using homeserver::admin::UserIdAnswer;
using homeserver::admin::UserPage;
using homeserver::admin::Whois;

namespace {

constexpr std::string_view kMedia[] = {"email", "msisdn"};
constexpr std::string_view kUserTypes[] = {"bot", "support"};
constexpr std::int64_t kMostIdentifiers = 100;
constexpr std::int64_t kMaxIdentifier = 512;
constexpr Facts kOrNull{.may_lack = true, .or_null = true};

/// What there is none of here.
template <class T>
std::optional<std::string> nothing(const T&) {
  return std::nullopt;
}

}  // namespace

template <>
const Shape<ThirdPartyIdBody>& shape_of() {
  static const auto shape = Shape<ThirdPartyIdBody>::matrix_request(
      {member<&ThirdPartyIdBody::medium>("medium", {.one_of = kMedia}),
       member<&ThirdPartyIdBody::address>("address", {.least = 1, .most = kMaxIdentifier})});
  return shape;
}

template <>
const Shape<ExternalIdBody>& shape_of() {
  static const auto shape = Shape<ExternalIdBody>::matrix_request(
      {member<&ExternalIdBody::auth_provider>("auth_provider", {.least = 1, .most = kMaxIdentifier}),
       member<&ExternalIdBody::external_id>("external_id", {.least = 1, .most = kMaxIdentifier})});
  return shape;
}

template <>
const Shape<UserBody>& shape_of() {
  static const auto shape = Shape<UserBody>::matrix_request(
      {member<&UserBody::password>("password", {.most = PasswordPool::kMaxPasswordBytes}),
       member<&UserBody::logout_devices>("logout_devices", {.may_lack = true}),
       member<&UserBody::display_name>("displayname", {.most = ProfileService::kMaxDisplayNameBytes}),
       member<&UserBody::avatar_url>("avatar_url", {.most = ProfileService::kMaxAvatarUrlBytes}),
       member<&UserBody::threepids>("threepids", {.most = kMostIdentifiers}),
       member<&UserBody::external_ids>("external_ids", {.most = kMostIdentifiers}), member<&UserBody::admin>("admin"),
       member<&UserBody::deactivated>("deactivated"), member<&UserBody::locked>("locked"),
       member<&UserBody::user_type>("user_type", {.one_of = kUserTypes})});
  return shape;
}

template <>
const Shape<ResetPasswordBody>& shape_of() {
  static const auto shape = Shape<ResetPasswordBody>::matrix_request(
      {member<&ResetPasswordBody::new_password>("new_password", {.most = PasswordPool::kMaxPasswordBytes}),
       member<&ResetPasswordBody::logout_devices>("logout_devices", {.may_lack = true})});
  return shape;
}

template <>
const Shape<SuspendBody>& shape_of() {
  static const auto shape = Shape<SuspendBody>::matrix_request({member<&SuspendBody::suspend>("suspend")});
  return shape;
}

template <>
const Shape<LoginAsBody>& shape_of() {
  static const auto shape =
      Shape<LoginAsBody>::matrix_request({member<&LoginAsBody::valid_until_ms>("valid_until_ms")});
  return shape;
}

template <>
const Shape<AdminUser>& shape_of() {
  static const auto shape = Shape<AdminUser>::part(
      {member<&AdminUser::user_id>("name"), member<&AdminUser::guest>("is_guest"), member<&AdminUser::admin>("admin"),
       member<&AdminUser::user_type>("user_type", kOrNull), member<&AdminUser::deactivated>("deactivated"),
       member<&AdminUser::erased>("erased"), member<&AdminUser::shadow_banned>("shadow_banned"),
       member<&AdminUser::display_name>("displayname", kOrNull), member<&AdminUser::avatar_url>("avatar_url", kOrNull),
       member<&AdminUser::created_ms>("creation_ts"), member<&AdminUser::last_seen_ms>("last_seen_ts", kOrNull),
       member<&AdminUser::locked>("locked")});
  return shape;
}

template <>
const Shape<UserPage>& shape_of() {
  static const auto shape = Shape<UserPage>::part({member<&UserPage::users>("users"), member<&UserPage::total>("total"),
                                                   member<&UserPage::next_token>("next_token")});
  return shape;
}

template <>
const Shape<ExternalId>& shape_of() {
  static const auto shape = Shape<ExternalId>::part(
      {member<&ExternalId::provider>("auth_provider"), member<&ExternalId::external_id>("external_id")});
  return shape;
}

template <>
const Shape<UserDetails>& shape_of() {
  constexpr Facts kNone{.or_null = true};
  static const auto shape = Shape<UserDetails>::part(
      {member<&UserDetails::user, &AdminUser::user_id>("name"),
       member<&UserDetails::user, &AdminUser::guest>("is_guest"),
       member<&UserDetails::user, &AdminUser::admin>("admin"),
       member<&UserDetails::user, &AdminUser::user_type>("user_type", kOrNull),
       member<&UserDetails::user, &AdminUser::deactivated>("deactivated"),
       member<&UserDetails::user, &AdminUser::erased>("erased"),
       member<&UserDetails::user, &AdminUser::shadow_banned>("shadow_banned"),
       member<&UserDetails::user, &AdminUser::display_name>("displayname", kOrNull),
       member<&UserDetails::user, &AdminUser::avatar_url>("avatar_url", kOrNull),
       made<[](const UserDetails& shown) { return shown.user.created_ms / 1000; }>("creation_ts"),
       member<&UserDetails::user, &AdminUser::last_seen_ms>("last_seen_ts", kOrNull),
       member<&UserDetails::user, &AdminUser::locked>("locked"),
       member<&UserDetails::user, &AdminUser::suspended>("suspended"), member<&UserDetails::threepids>("threepids"),
       member<&UserDetails::external_ids>("external_ids"), made<nothing<UserDetails>>("appservice_id", kNone),
       made<nothing<UserDetails>>("consent_version", kNone), made<nothing<UserDetails>>("consent_ts", kNone),
       made<nothing<UserDetails>>("consent_server_notice_sent", kNone)});
  return shape;
}

template <>
const Shape<AccessToken>& shape_of() {
  static const auto shape = Shape<AccessToken>::part({member<&AccessToken::access_token>("access_token")});
  return shape;
}

template <>
const Shape<NameAvailable>& shape_of() {
  static const auto shape = Shape<NameAvailable>::part({member<&NameAvailable::available>("available")});
  return shape;
}

template <>
const Shape<UserIdAnswer>& shape_of() {
  static const auto shape = Shape<UserIdAnswer>::part({member<&UserIdAnswer::user_id>("user_id")});
  return shape;
}

template <>
const Shape<Connection>& shape_of() {
  static const auto shape =
      Shape<Connection>::part({member<&Connection::ip>("ip"), member<&Connection::last_seen>("last_seen"),
                               member<&Connection::user_agent>("user_agent")});
  return shape;
}

template <>
const Shape<ConnectionList>& shape_of() {
  static const auto shape = Shape<ConnectionList>::part({member<&ConnectionList::connections>("connections")});
  return shape;
}

template <>
const Shape<SessionList>& shape_of() {
  static const auto shape = Shape<SessionList>::part({member<&SessionList::sessions>("sessions")});
  return shape;
}

template <>
const Shape<Whois>& shape_of() {
  static const auto shape =
      Shape<Whois>::part({member<&Whois::user_id>("user_id"), member<&Whois::devices>("devices")});
  return shape;
}

template <>
const Shape<AdminFlag>& shape_of() {
  static const auto shape = Shape<AdminFlag>::matrix_request({member<&AdminFlag::admin>("admin")});
  return shape;
}

}  // namespace troupe::api
