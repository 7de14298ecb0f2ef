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

Shape<ThirdPartyIdBody> make_shape(Of<ThirdPartyIdBody>) {
  return Shape<ThirdPartyIdBody>::matrix_request(
      {member<&ThirdPartyIdBody::medium>("medium", {.one_of = kMedia}),
       member<&ThirdPartyIdBody::address>("address", {.least = 1, .most = kMaxIdentifier})});
}

Shape<ExternalIdBody> make_shape(Of<ExternalIdBody>) {
  return Shape<ExternalIdBody>::matrix_request(
      {member<&ExternalIdBody::auth_provider>("auth_provider", {.least = 1, .most = kMaxIdentifier}),
       member<&ExternalIdBody::external_id>("external_id", {.least = 1, .most = kMaxIdentifier})});
}

Shape<UserBody> make_shape(Of<UserBody>) {
  return Shape<UserBody>::matrix_request(
      {member<&UserBody::password>("password", {.most = PasswordPool::kMaxPasswordBytes}),
       member<&UserBody::logout_devices>("logout_devices", {.may_lack = true}),
       member<&UserBody::display_name>("displayname", {.most = ProfileService::kMaxDisplayNameBytes}),
       member<&UserBody::avatar_url>("avatar_url", {.most = ProfileService::kMaxAvatarUrlBytes}),
       member<&UserBody::threepids>("threepids", {.most = kMostIdentifiers}),
       member<&UserBody::external_ids>("external_ids", {.most = kMostIdentifiers}), member<&UserBody::admin>("admin"),
       member<&UserBody::deactivated>("deactivated"), member<&UserBody::locked>("locked"),
       member<&UserBody::user_type>("user_type", {.one_of = kUserTypes})});
}

Shape<ResetPasswordBody> make_shape(Of<ResetPasswordBody>) {
  return Shape<ResetPasswordBody>::matrix_request(
      {member<&ResetPasswordBody::new_password>("new_password", {.most = PasswordPool::kMaxPasswordBytes}),
       member<&ResetPasswordBody::logout_devices>("logout_devices", {.may_lack = true})});
}

Shape<SuspendBody> make_shape(Of<SuspendBody>) {
  return Shape<SuspendBody>::matrix_request({member<&SuspendBody::suspend>("suspend")});
}

Shape<LoginAsBody> make_shape(Of<LoginAsBody>) {
  return Shape<LoginAsBody>::matrix_request({member<&LoginAsBody::valid_until_ms>("valid_until_ms")});
}

Shape<AdminUser> make_shape(Of<AdminUser>) {
  return Shape<AdminUser>::part(
      {member<&AdminUser::user_id>("name"), member<&AdminUser::guest>("is_guest"), member<&AdminUser::admin>("admin"),
       member<&AdminUser::user_type>("user_type", kOrNull), member<&AdminUser::deactivated>("deactivated"),
       member<&AdminUser::erased>("erased"), member<&AdminUser::shadow_banned>("shadow_banned"),
       member<&AdminUser::display_name>("displayname", kOrNull), member<&AdminUser::avatar_url>("avatar_url", kOrNull),
       member<&AdminUser::created_ms>("creation_ts"), member<&AdminUser::last_seen_ms>("last_seen_ts", kOrNull),
       member<&AdminUser::locked>("locked")});
}

Shape<UserPage> make_shape(Of<UserPage>) {
  return Shape<UserPage>::part({member<&UserPage::users>("users"), member<&UserPage::total>("total"),
                                member<&UserPage::next_token>("next_token")});
}

Shape<ExternalId> make_shape(Of<ExternalId>) {
  return Shape<ExternalId>::part(
      {member<&ExternalId::provider>("auth_provider"), member<&ExternalId::external_id>("external_id")});
}

Shape<UserDetails> make_shape(Of<UserDetails>) {
  constexpr Facts kNone{.or_null = true};
  return Shape<UserDetails>::part(
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
}

Shape<AccessToken> make_shape(Of<AccessToken>) {
  return Shape<AccessToken>::part({member<&AccessToken::access_token>("access_token")});
}

Shape<NameAvailable> make_shape(Of<NameAvailable>) {
  return Shape<NameAvailable>::part({member<&NameAvailable::available>("available")});
}

Shape<UserIdAnswer> make_shape(Of<UserIdAnswer>) {
  return Shape<UserIdAnswer>::part({member<&UserIdAnswer::user_id>("user_id")});
}

Shape<Connection> make_shape(Of<Connection>) {
  return Shape<Connection>::part({member<&Connection::ip>("ip"), member<&Connection::last_seen>("last_seen"),
                                  member<&Connection::user_agent>("user_agent")});
}

Shape<ConnectionList> make_shape(Of<ConnectionList>) {
  return Shape<ConnectionList>::part({member<&ConnectionList::connections>("connections")});
}

Shape<SessionList> make_shape(Of<SessionList>) {
  return Shape<SessionList>::part({member<&SessionList::sessions>("sessions")});
}

Shape<Whois> make_shape(Of<Whois>) {
  return Shape<Whois>::part({member<&Whois::user_id>("user_id"), member<&Whois::devices>("devices")});
}

Shape<AdminFlag> make_shape(Of<AdminFlag>) {
  return Shape<AdminFlag>::matrix_request({member<&AdminFlag::admin>("admin")});
}

}  // namespace troupe::api
