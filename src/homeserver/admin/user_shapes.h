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

template <>
const Shape<homeserver::admin::ThirdPartyIdBody>& shape_of();
template <>
const Shape<homeserver::admin::ExternalIdBody>& shape_of();
template <>
const Shape<homeserver::admin::UserBody>& shape_of();
template <>
const Shape<homeserver::admin::ResetPasswordBody>& shape_of();
template <>
const Shape<homeserver::admin::SuspendBody>& shape_of();
template <>
const Shape<homeserver::admin::LoginAsBody>& shape_of();
template <>
const Shape<homeserver::admin::AdminUser>& shape_of();
template <>
const Shape<homeserver::admin::UserPage>& shape_of();
template <>
const Shape<homeserver::accounts::ExternalId>& shape_of();
template <>
const Shape<homeserver::admin::UserDetails>& shape_of();
template <>
const Shape<homeserver::admin::AccessToken>& shape_of();
template <>
const Shape<homeserver::admin::NameAvailable>& shape_of();
template <>
const Shape<homeserver::admin::UserIdAnswer>& shape_of();
template <>
const Shape<homeserver::admin::Connection>& shape_of();
template <>
const Shape<homeserver::admin::ConnectionList>& shape_of();
template <>
const Shape<homeserver::admin::SessionList>& shape_of();
template <>
const Shape<homeserver::admin::Whois>& shape_of();
template <>
const Shape<homeserver::admin::AdminFlag>& shape_of();

}  // namespace troupe::api
