// Shapes of users in Synapse's admin API (api/shape.h). Times are in milliseconds, but for `creation_ts` of one user,
// which Synapse has in seconds.
#pragma once
#include <map>

#include "api/shape.h"
#include "homeserver/accounts/identifier_store.h"
#include "homeserver/admin/user_store.h"

namespace troupe::homeserver::admin {

// Bodies.

struct ThirdPartyIdBody {
  std::string medium;
  std::string address;
};
struct ExternalIdBody {
  std::string auth_provider;
  std::string external_id;
};
/// What is not there stays as it is. `user_type` may also be null, which is told from its absence by the handler.
struct UserBody {
  std::optional<std::string> password;
  bool logout_devices = true;
  std::optional<std::string> display_name;
  std::optional<std::string> avatar_url;
  std::optional<std::vector<ThirdPartyIdBody>> threepids;
  std::optional<std::vector<ExternalIdBody>> external_ids;
  std::optional<bool> admin;
  std::optional<bool> deactivated;
  std::optional<bool> locked;
  std::optional<std::string> user_type;
};
struct ResetPasswordBody {
  std::string new_password;
  bool logout_devices = true;
};
struct SuspendBody {
  bool suspend = false;
};
struct LoginAsBody {
  std::optional<std::int64_t> valid_until_ms;
};

// Answers.

struct UserPage {
  std::vector<AdminUser> users;
  std::int64_t total = 0;
  std::optional<std::string> next_token;
};
struct UserDetails {
  AdminUser user;
  std::vector<accounts::ThirdPartyId> threepids;
  std::vector<accounts::ExternalId> external_ids;
};
struct AccessToken {
  std::string access_token;
};
struct NameAvailable {
  bool available = true;
};
struct UserIdAnswer {
  std::string user_id;
};

struct Connection {
  std::string ip;
  std::int64_t last_seen = 0;
  std::string user_agent;
};
struct ConnectionList {
  std::vector<Connection> connections;
};
struct SessionList {
  std::vector<ConnectionList> sessions;
};
struct Whois {
  std::string user_id;
  std::map<std::string, SessionList> devices;
};

/// Body and answer.
struct AdminFlag {
  bool admin = false;
};

}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::ThirdPartyIdBody> make_shape(Of<homeserver::admin::ThirdPartyIdBody>);
Shape<homeserver::admin::ExternalIdBody> make_shape(Of<homeserver::admin::ExternalIdBody>);
Shape<homeserver::admin::UserBody> make_shape(Of<homeserver::admin::UserBody>);
Shape<homeserver::admin::ResetPasswordBody> make_shape(Of<homeserver::admin::ResetPasswordBody>);
Shape<homeserver::admin::SuspendBody> make_shape(Of<homeserver::admin::SuspendBody>);
Shape<homeserver::admin::LoginAsBody> make_shape(Of<homeserver::admin::LoginAsBody>);
Shape<homeserver::admin::AdminUser> make_shape(Of<homeserver::admin::AdminUser>);
Shape<homeserver::admin::UserPage> make_shape(Of<homeserver::admin::UserPage>);
Shape<homeserver::accounts::ExternalId> make_shape(Of<homeserver::accounts::ExternalId>);
Shape<homeserver::admin::UserDetails> make_shape(Of<homeserver::admin::UserDetails>);
Shape<homeserver::admin::AccessToken> make_shape(Of<homeserver::admin::AccessToken>);
Shape<homeserver::admin::NameAvailable> make_shape(Of<homeserver::admin::NameAvailable>);
Shape<homeserver::admin::UserIdAnswer> make_shape(Of<homeserver::admin::UserIdAnswer>);
Shape<homeserver::admin::Connection> make_shape(Of<homeserver::admin::Connection>);
Shape<homeserver::admin::ConnectionList> make_shape(Of<homeserver::admin::ConnectionList>);
Shape<homeserver::admin::SessionList> make_shape(Of<homeserver::admin::SessionList>);
Shape<homeserver::admin::Whois> make_shape(Of<homeserver::admin::Whois>);
Shape<homeserver::admin::AdminFlag> make_shape(Of<homeserver::admin::AdminFlag>);

}  // namespace troupe::api
