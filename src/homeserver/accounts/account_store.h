// SQL for accounts, devices and their tokens. Rows become structs here and nowhere else.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/accounts/sso_store.h"
#include "matrix/accounts.h"
#include "store/database.h"

namespace troupe::homeserver::accounts {

struct AccountRow {
  std::string user_id;
  std::string localpart;
  matrix::AccountKind kind = matrix::AccountKind::person;
  std::optional<std::string> password_hash;
  bool admin = false;
  bool locked = false;
  bool deactivated = false;
  bool guest = false;
  std::int64_t created_ms = 0;
};

/// How fast an account may send messages, where that is not as for everybody.
struct MessageRate {
  std::int64_t per_s = 0;  ///< 0: without limit
  std::int64_t at_once = 0;
};

/// What administrators say an account is (Synapse admin API, `user_type`).
enum class UserType { none, bot, support };

struct DeviceRow {
  std::string user_id;
  std::string device_id;
  std::optional<std::string> display_name;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> last_seen_ms;
  std::optional<std::string> last_seen_ip;
  std::optional<std::string> last_seen_user_agent;
  bool dehydrated = false;  ///< only in what DeviceService shows
};

/// A device that nobody is signed in on and that receives keys all the same; an account has one at most.
struct DehydratedRow {
  std::string user_id;
  std::string device_id;
  std::string device_data;  ///< JSON
};

/// An access token. Hashes are 32 raw bytes.
struct TokenRow {
  std::string token_hash;
  std::string user_id;
  std::string device_id;
  std::int64_t made_ms = 0;
  std::optional<std::int64_t> expires_ms;
  std::optional<std::string> refresh_hash;
  std::optional<std::string> retires;
};

/// An access token with what its account says now.
struct SessionRow {
  TokenRow token;
  matrix::AccountKind kind = matrix::AccountKind::person;
  bool admin = false;
  bool locked = false;
  bool suspended = false;
  bool shadow_banned = false;
  bool deactivated = false;
  bool guest = false;
  std::optional<std::int64_t> messages_per_s = {};  ///< both or neither
  std::optional<std::int64_t> messages_at_once = {};
};

struct RefreshRow {
  std::string token_hash;
  std::string user_id;
  std::string device_id;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace account_store {

/// False when the user id is taken (also by a deactivated account).
bool insert_account(store::Tx&, const AccountRow& row);
std::optional<AccountRow> find_account(store::Connection&, std::string_view user_id);
/// With display name and avatar.
std::optional<matrix::Account> find_public(store::Connection&, std::string_view user_id);
matrix::AccountPage list_accounts(store::Connection&, const matrix::AccountQuery& query);
void set_password(store::Tx&, std::string_view user_id, const std::optional<std::string>& password_hash);
/// Whether this account can administer and no other one can (deactivated and locked ones cannot).
bool is_last_admin(store::Connection&, std::string_view user_id);
void set_admin(store::Tx&, std::string_view user_id, bool admin);
void set_locked(store::Tx&, std::string_view user_id, bool locked);
void set_message_rate(store::Tx&, std::string_view user_id, const std::optional<MessageRate>& rate);
/// Nothing: as for everybody.
std::optional<MessageRate> message_rate(store::Connection&, std::string_view user_id);
void set_suspended(store::Tx&, std::string_view user_id, bool suspended);
void set_shadow_banned(store::Tx&, std::string_view user_id, bool banned);
bool is_shadow_banned(store::Connection&, std::string_view user_id);
bool anybody_shadow_banned(store::Connection&);
void set_deactivated(store::Tx&, std::string_view user_id, bool erase);
/// The account can be used again; nothing that its end removed comes back.
void set_active(store::Tx&, std::string_view user_id);
void set_type(store::Tx&, std::string_view user_id, UserType type);
/// Deactivated users that are still joined to, invited to or knocking at a room.
std::vector<std::string> deactivated_in_rooms(store::Connection&, std::int64_t limit);

/// Makes the device, or keeps the one that is there (a display name only fills an empty one). True when it is new.
bool upsert_device(store::Tx&, const DeviceRow& row);
std::optional<DeviceRow> find_device(store::Connection&, std::string_view user_id, std::string_view device_id);
std::vector<DeviceRow> devices(store::Connection&, std::string_view user_id);
/// Whether somebody signed in on the device: an application service's user may have devices without that.
bool has_token(store::Connection&, std::string_view user_id, std::string_view device_id);
std::size_t count_devices(store::Connection&, std::string_view user_id);
/// The device of the user that nobody used for the longest time.
std::optional<DeviceRow> longest_unused_device(store::Connection&, std::string_view user_id);
/// Devices of people after this one (by user and device id), whether used since or not; at most `limit`.
std::vector<DeviceRow> devices_after(store::Connection&, std::string_view user_id, std::string_view device_id,
                                     std::size_t limit);
/// False when there is no such device.
bool rename_device(store::Tx&, std::string_view user_id, std::string_view device_id,
                   const std::optional<std::string>& display_name);
/// Removes the device, its tokens, its pushers, and what a dehydrated one was made from. False when there was no such
/// device.
bool delete_device(store::Tx&, std::string_view user_id, std::string_view device_id);

/// In the place of the one before.
void put_dehydrated(store::Tx&, const DehydratedRow& row);
std::optional<DehydratedRow> find_dehydrated(store::Connection&, std::string_view user_id);
/// Somebody signed in on it: it is a device like others now.
void end_dehydrated(store::Tx&, std::string_view user_id, std::string_view device_id);
void note_seen(store::Tx&, const DeviceRow& row);

void insert_token(store::Tx&, const TokenRow& row);
std::optional<SessionRow> find_session(store::Connection&, std::string_view token_hash);
/// What an account says for whoever acts as it without a token of its own; the token in it is empty.
std::optional<SessionRow> find_session_of_user(store::Connection&, std::string_view user_id);
void delete_token(store::Tx&, std::string_view token_hash);
/// Access and refresh tokens of one device, those by which it lets others in, and how it signed in (OAuth, single
/// sign-on).
void delete_device_tokens(store::Tx&, std::string_view user_id, std::string_view device_id);
/// The same of the user's tokens that belong to no device.
void delete_tokens_without_device(store::Tx&, std::string_view user_id);
/// Hashes of the user's access tokens that belong to no device, the oldest first.
std::vector<std::string> tokens_without_device(store::Connection&, std::string_view user_id);

void insert_refresh_token(store::Tx&, const RefreshRow& row, std::int64_t made_ms);
std::optional<RefreshRow> find_refresh_token(store::Connection&, std::string_view token_hash);
/// The access token that was handed out with the refresh token.
std::optional<TokenRow> token_of_refresh(store::Connection&, const RefreshRow& refresh);
/// The access token has been used: its predecessor (refresh token and access token) dies.
void retire_predecessor(store::Tx&, const TokenRow& token);
/// Pairs that were made from this refresh token and never used.
void delete_unused_successors(store::Tx&, const RefreshRow& refresh);

/// A token by which another service learns who somebody is. It ends with the device that asked for it.
struct OpenIdRow {
  std::string token_hash;
  std::string user_id;
  std::string device_id;  ///< empty: none
  std::int64_t expires_ms = 0;
};
void insert_openid_token(store::Tx&, const OpenIdRow& row);
/// Of an account that may be used, until it expires.
std::optional<OpenIdRow> find_openid_token(store::Connection&, std::string_view token_hash, std::int64_t now_ms);
void delete_expired_openid_tokens(store::Tx&, std::int64_t now_ms);

/// A token by which a device lets another one in, or with which somebody comes back from a provider.
struct LoginTokenRow {
  std::string token_hash;
  std::string user_id;
  std::string device_id;  ///< that asked for it; empty: none
  std::int64_t expires_ms = 0;
  SsoOrigin origin = {};
};
void insert_login_token(store::Tx&, const LoginTokenRow& row);
std::optional<LoginTokenRow> find_login_token(store::Connection&, std::string_view token_hash);
/// False when it is not there any more.
bool delete_login_token(store::Tx&, std::string_view token_hash);
std::int64_t count_login_tokens(store::Connection&, std::string_view user_id);
void delete_expired_login_tokens(store::Tx&, std::int64_t now_ms);

/// A token, and whether it may go.
struct HashDue {
  std::string token_hash;
  bool due = false;
};
/// Access tokens after this one, at most `limit`; due are those that ended before then and that no refresh token can
/// renew.
std::vector<HashDue> tokens_after(store::Connection&, std::string_view token_hash, std::int64_t before_ms,
                                  std::size_t limit);
/// Nothing happens when it is not due.
void delete_ended_token(store::Tx&, std::string_view token_hash, std::int64_t before_ms);
/// Refresh tokens after this one, at most `limit`; due are those of devices that are not there any more.
std::vector<HashDue> refresh_tokens_after(store::Connection&, std::string_view token_hash, std::size_t limit);
/// Nothing happens when it is not due.
void delete_lost_refresh_token(store::Tx&, std::string_view token_hash);

}  // namespace account_store

/// What the database keeps of a token: 32 raw bytes.
std::string token_hash(std::string_view token);

}  // namespace troupe::homeserver::accounts
