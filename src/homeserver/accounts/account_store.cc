#include "homeserver/accounts/account_store.h"

#include "base/crypto.h"
#include "homeserver/like.h"

namespace troupe::homeserver {
namespace {

using store::Connection;
using store::Rows;
using store::Tx;
using store::Value;

constexpr std::string_view kInsertAccount =
    "INSERT INTO hs_account (user_id, localpart, kind, password_hash, admin, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, "
    "?6) "
    "ON CONFLICT (user_id) DO NOTHING";
constexpr std::string_view kFindAccount =
    "SELECT user_id, localpart, kind, password_hash, admin, locked, deactivated, created_ms FROM hs_account "
    "WHERE user_id = ?1";
constexpr std::string_view kFindPublic =
    "SELECT a.user_id, a.kind, a.admin, a.locked, a.deactivated, a.created_ms, d.value, v.value FROM hs_account a "
    "LEFT JOIN hs_profile d ON d.user_id = a.user_id AND d.name = 'displayname' "
    "LEFT JOIN hs_profile v ON v.user_id = a.user_id AND v.name = 'avatar_url' WHERE a.user_id = ?1";
// A filter that is -1 lets everything through.
#define ACCOUNT_MATCH                                                                          \
  " FROM hs_account a "                                                                        \
  "LEFT JOIN hs_profile d ON d.user_id = a.user_id AND d.name = 'displayname' "                \
  "LEFT JOIN hs_profile v ON v.user_id = a.user_id AND v.name = 'avatar_url' "                 \
  "WHERE (lower(a.localpart) LIKE ?1 ESCAPE '\\' OR lower(d.value) LIKE ?1 ESCAPE '\\') "      \
  "AND (?2 = -1 OR a.kind = ?2) AND (?3 = -1 OR a.admin = ?3) AND (?4 = -1 OR a.locked = ?4) " \
  "AND (?5 = -1 OR a.deactivated = ?5)"
#define LIST_ACCOUNTS(order)                                                                                 \
  "SELECT a.user_id, a.kind, a.admin, a.locked, a.deactivated, a.created_ms, d.value, v.value" ACCOUNT_MATCH \
  " ORDER BY " order " LIMIT ?6 OFFSET ?7"
constexpr std::string_view kCountAccounts = "SELECT count(*)" ACCOUNT_MATCH;
/// By AccountSort, upwards and downwards.
constexpr std::string_view kListAccounts[][2] = {
    {LIST_ACCOUNTS("a.user_id"), LIST_ACCOUNTS("a.user_id DESC")},
    {LIST_ACCOUNTS("a.created_ms, a.user_id"), LIST_ACCOUNTS("a.created_ms DESC, a.user_id")},
    {LIST_ACCOUNTS("lower(coalesce(d.value, '')), a.user_id"),
     LIST_ACCOUNTS("lower(coalesce(d.value, '')) DESC, a.user_id")},
};
constexpr std::string_view kSetPassword = "UPDATE hs_account SET password_hash = ?2 WHERE user_id = ?1";
#define ACTIVE_ADMIN "SELECT 1 FROM hs_account WHERE admin = 1 AND locked = 0 AND deactivated = 0 AND user_id "
constexpr std::string_view kIsActiveAdmin = ACTIVE_ADMIN "= ?1";
constexpr std::string_view kOtherActiveAdmin = ACTIVE_ADMIN "<> ?1 LIMIT 1";
constexpr std::string_view kSetAdmin = "UPDATE hs_account SET admin = ?2 WHERE user_id = ?1";
constexpr std::string_view kSetLocked = "UPDATE hs_account SET locked = ?2 WHERE user_id = ?1";
constexpr std::string_view kSetDeactivated =
    "UPDATE hs_account SET deactivated = 1, erased = ?2, admin = 0 WHERE user_id = ?1";
constexpr std::string_view kForgetPassword = "UPDATE hs_account SET password_hash = NULL WHERE user_id = ?1";

constexpr std::string_view kDeactivatedInRooms =
    "SELECT DISTINCT a.user_id FROM hs_account a JOIN hs_membership m ON m.user_id = a.user_id "
    "WHERE a.deactivated = 1 AND m.membership IN ('join', 'invite', 'knock') LIMIT ?1";

constexpr std::string_view kInsertDevice =
    "INSERT INTO hs_device (user_id, device_id, display_name, created_ms, last_seen_ms, last_seen_ip, "
    "last_seen_user_agent) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (user_id, device_id) DO NOTHING";
constexpr std::string_view kTouchDevice =
    "UPDATE hs_device SET display_name = coalesce(display_name, ?3), last_seen_ms = coalesce(?4, last_seen_ms), "
    "last_seen_ip = coalesce(?5, last_seen_ip), last_seen_user_agent = coalesce(?6, last_seen_user_agent) "
    "WHERE user_id = ?1 AND device_id = ?2";
constexpr std::string_view kFindDevice =
    "SELECT device_id, display_name, created_ms, last_seen_ms, last_seen_ip, last_seen_user_agent FROM hs_device "
    "WHERE user_id = ?1 AND device_id = ?2";
constexpr std::string_view kDevices =
    "SELECT device_id, display_name, created_ms, last_seen_ms, last_seen_ip, last_seen_user_agent FROM hs_device "
    "WHERE user_id = ?1 ORDER BY device_id";
constexpr std::string_view kCountDevices = "SELECT count(*) FROM hs_device WHERE user_id = ?1";
constexpr std::string_view kLongestUnusedDevice =
    "SELECT device_id, display_name, created_ms, last_seen_ms, last_seen_ip, last_seen_user_agent FROM hs_device "
    "WHERE user_id = ?1 ORDER BY COALESCE(last_seen_ms, created_ms), device_id LIMIT 1";
constexpr std::string_view kDevicesAfter =
    "SELECT d.device_id, d.display_name, d.created_ms, d.last_seen_ms, d.last_seen_ip, d.last_seen_user_agent, "
    "d.user_id FROM hs_device d JOIN hs_account a ON a.user_id = d.user_id "
    "WHERE a.kind = 0 AND (d.user_id, d.device_id) > (?1, ?2) ORDER BY d.user_id, d.device_id LIMIT ?3";
constexpr std::string_view kRenameDevice =
    "UPDATE hs_device SET display_name = ?3 WHERE user_id = ?1 AND device_id = ?2";
constexpr std::string_view kDeleteDevice = "DELETE FROM hs_device WHERE user_id = ?1 AND device_id = ?2";
constexpr std::string_view kDeleteDevicePushers = "DELETE FROM hs_pusher WHERE user_id = ?1 AND device_id = ?2";

constexpr std::string_view kInsertToken =
    "INSERT INTO hs_token (token_hash, user_id, device_id, made_ms, expires_ms, refresh_hash, retires) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr std::string_view kFindSession =
    "SELECT t.user_id, t.device_id, t.made_ms, t.expires_ms, t.refresh_hash, t.retires, a.kind, a.admin, a.locked, "
    "a.deactivated FROM hs_token t JOIN hs_account a ON a.user_id = t.user_id WHERE t.token_hash = ?1";
constexpr std::string_view kDeleteToken = "DELETE FROM hs_token WHERE token_hash = ?1";
constexpr std::string_view kDeleteDeviceTokens = "DELETE FROM hs_token WHERE user_id = ?1 AND device_id = ?2";
constexpr std::string_view kDeleteDeviceRefreshTokens =
    "DELETE FROM hs_refresh_token WHERE user_id = ?1 AND device_id = ?2";

constexpr std::string_view kInsertRefreshToken =
    "INSERT INTO hs_refresh_token (token_hash, user_id, device_id, made_ms) VALUES (?1, ?2, ?3, ?4)";
constexpr std::string_view kFindRefreshToken = "SELECT user_id, device_id FROM hs_refresh_token WHERE token_hash = ?1";
constexpr std::string_view kTokenOfRefresh =
    "SELECT token_hash, made_ms, expires_ms, retires FROM hs_token "
    "WHERE user_id = ?1 AND device_id = ?2 AND refresh_hash = ?3";
constexpr std::string_view kDeleteRefreshToken = "DELETE FROM hs_refresh_token WHERE token_hash = ?1";
constexpr std::string_view kDeleteTokenOfRefresh =
    "DELETE FROM hs_token WHERE user_id = ?1 AND device_id = ?2 AND refresh_hash = ?3";
constexpr std::string_view kClearRetires = "UPDATE hs_token SET retires = NULL WHERE token_hash = ?1";
constexpr std::string_view kDeleteUnusedRefreshTokens =
    "DELETE FROM hs_refresh_token WHERE user_id = ?1 AND device_id = ?2 AND token_hash IN "
    "(SELECT refresh_hash FROM hs_token WHERE user_id = ?1 AND device_id = ?2 AND retires = ?3)";
constexpr std::string_view kDeleteUnusedTokens =
    "DELETE FROM hs_token WHERE user_id = ?1 AND device_id = ?2 AND retires = ?3";

// One that a refresh token can renew stays: its client is told to do so.
constexpr std::string_view kTokensAfter =
    "SELECT t.token_hash, CASE WHEN t.expires_ms < ?2 AND t.retires IS NULL AND r.token_hash IS NULL THEN 1 ELSE 0 END "
    "FROM (SELECT token_hash, expires_ms, retires, refresh_hash FROM hs_token WHERE token_hash > ?1 "
    "ORDER BY token_hash LIMIT ?3) t LEFT JOIN hs_refresh_token r ON r.token_hash = t.refresh_hash "
    "ORDER BY t.token_hash";
constexpr std::string_view kDeleteEndedToken =
    "DELETE FROM hs_token WHERE token_hash = ?1 AND expires_ms < ?2 AND retires IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM hs_refresh_token r WHERE r.token_hash = hs_token.refresh_hash)";
constexpr std::string_view kRefreshTokensAfter =
    "SELECT r.token_hash, CASE WHEN d.device_id IS NULL THEN 1 ELSE 0 END "
    "FROM (SELECT token_hash, user_id, device_id FROM hs_refresh_token WHERE token_hash > ?1 "
    "ORDER BY token_hash LIMIT ?2) r LEFT JOIN hs_device d ON d.user_id = r.user_id AND d.device_id = r.device_id "
    "ORDER BY r.token_hash";
constexpr std::string_view kDeleteLostRefreshToken =
    "DELETE FROM hs_refresh_token WHERE token_hash = ?1 AND NOT EXISTS (SELECT 1 FROM hs_device d "
    "WHERE d.user_id = hs_refresh_token.user_id AND d.device_id = hs_refresh_token.device_id)";

constexpr std::string_view kFindRegistrationToken =
    "SELECT uses_allowed, completed, expires_ms FROM hs_registration_token WHERE token = ?1";
constexpr std::string_view kUseRegistrationToken =
    "UPDATE hs_registration_token SET completed = completed + 1 WHERE token = ?1 "
    "AND (uses_allowed IS NULL OR completed < uses_allowed) AND (expires_ms IS NULL OR expires_ms > ?2)";

constexpr std::string_view kInsertOpenIdToken =
    "INSERT INTO hs_openid_token (token_hash, user_id, expires_ms) VALUES (?1, ?2, ?3)";
constexpr std::string_view kFindOpenIdUser =
    "SELECT o.user_id FROM hs_openid_token o JOIN hs_account a ON a.user_id = o.user_id "
    "WHERE o.token_hash = ?1 AND o.expires_ms > ?2 AND a.deactivated = 0 AND a.locked = 0";
constexpr std::string_view kDeleteExpiredOpenIdTokens = "DELETE FROM hs_openid_token WHERE expires_ms <= ?1";

matrix::AccountKind kind_of(std::int64_t stored) { return static_cast<matrix::AccountKind>(stored); }

/// A blob or NULL; the bytes are borrowed.
Value blob_or_null(const std::optional<std::string>& bytes) { return bytes ? Value::blob(*bytes) : Value(nullptr); }
std::optional<std::string> optional_blob(const Rows& rows, int column) {
  return rows.is_null(column) ? std::nullopt : std::optional<std::string>(rows.blob(column));
}

matrix::Account public_account(const Rows& rows) {
  return {.user_id = rows.string(0),
          .kind = kind_of(rows.integer(1)),
          .admin = rows.integer(2) != 0,
          .deactivated = rows.integer(4) != 0,
          .locked = rows.integer(3) != 0,
          .display_name = rows.is_null(6) ? "" : rows.string(6),
          .avatar_url = rows.is_null(7) ? "" : rows.string(7),
          .created_ms = rows.integer(5)};
}

std::vector<account_store::HashDue> hashes_due(Rows rows) {
  std::vector<account_store::HashDue> found;
  while (rows.next()) found.push_back({std::string(rows.blob(0)), rows.integer(1) != 0});
  return found;
}

std::int64_t filter(std::optional<bool> wanted) { return wanted ? (*wanted ? 1 : 0) : -1; }

DeviceRow device_row(const Rows& rows, std::string_view user_id) {
  return {.user_id = std::string(user_id),
          .device_id = rows.string(0),
          .display_name = rows.optional_string(1),
          .created_ms = rows.integer(2),
          .last_seen_ms = rows.optional_integer(3),
          .last_seen_ip = rows.optional_string(4),
          .last_seen_user_agent = rows.optional_string(5)};
}

}  // namespace

std::string token_hash(std::string_view token) {
  const auto digest = base::sha256(token);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

namespace account_store {

bool insert_account(Tx& tx, const AccountRow& row) {
  return tx.run(kInsertAccount, row.user_id, row.localpart, static_cast<int>(row.kind), row.password_hash, row.admin,
                row.created_ms) == 1;
}

std::optional<AccountRow> find_account(Connection& connection, std::string_view user_id) {
  auto rows = connection.query(kFindAccount, user_id);
  if (!rows.next()) return std::nullopt;
  return AccountRow{.user_id = rows.string(0),
                    .localpart = rows.string(1),
                    .kind = kind_of(rows.integer(2)),
                    .password_hash = rows.optional_string(3),
                    .admin = rows.integer(4) != 0,
                    .locked = rows.integer(5) != 0,
                    .deactivated = rows.integer(6) != 0,
                    .created_ms = rows.integer(7)};
}

std::optional<matrix::Account> find_public(Connection& connection, std::string_view user_id) {
  auto rows = connection.query(kFindPublic, user_id);
  if (!rows.next()) return std::nullopt;
  return public_account(rows);
}

matrix::AccountPage list_accounts(Connection& connection, const matrix::AccountQuery& query) {
  const auto pattern = like_containing(query.search);
  const std::int64_t kind = query.kind ? static_cast<std::int64_t>(*query.kind) : -1;
  const auto admin = filter(query.admin), locked = filter(query.locked), deactivated = filter(query.deactivated);
  matrix::AccountPage page;
  {
    const auto sql = kListAccounts[static_cast<std::size_t>(query.sort)][query.descending ? 1 : 0];
    auto rows = connection.query(sql, pattern, kind, admin, locked, deactivated, query.limit, query.from);
    while (rows.next()) page.accounts.push_back(public_account(rows));
  }
  auto rows = connection.query(kCountAccounts, pattern, kind, admin, locked, deactivated);
  if (rows.next()) page.total = rows.integer(0);
  return page;
}

void set_password(Tx& tx, std::string_view user_id, const std::optional<std::string>& password_hash) {
  tx.run(kSetPassword, user_id, password_hash);
}
bool is_last_admin(Connection& connection, std::string_view user_id) {
  return connection.query(kIsActiveAdmin, user_id).next() && !connection.query(kOtherActiveAdmin, user_id).next();
}

void set_admin(Tx& tx, std::string_view user_id, bool admin) { tx.run(kSetAdmin, user_id, admin); }
void set_locked(Tx& tx, std::string_view user_id, bool locked) { tx.run(kSetLocked, user_id, locked); }
void set_deactivated(Tx& tx, std::string_view user_id, bool erase) {
  tx.run(kSetDeactivated, user_id, erase);
  // Else it stays, to tell whoever knows it that the account is closed, and nobody else.
  if (erase) tx.run(kForgetPassword, user_id);
}

std::vector<std::string> deactivated_in_rooms(Connection& connection, std::int64_t limit) {
  std::vector<std::string> found;
  auto rows = connection.query(kDeactivatedInRooms, limit);
  while (rows.next()) found.push_back(rows.string(0));
  return found;
}

bool upsert_device(Tx& tx, const DeviceRow& row) {
  const auto made = tx.run(kInsertDevice, row.user_id, row.device_id, row.display_name, row.created_ms,
                           row.last_seen_ms, row.last_seen_ip, row.last_seen_user_agent);
  if (made == 1) return true;
  note_seen(tx, row);
  return false;
}

std::optional<DeviceRow> find_device(Connection& connection, std::string_view user_id, std::string_view device_id) {
  auto rows = connection.query(kFindDevice, user_id, device_id);
  if (!rows.next()) return std::nullopt;
  return device_row(rows, user_id);
}

std::vector<DeviceRow> devices(Connection& connection, std::string_view user_id) {
  std::vector<DeviceRow> found;
  auto rows = connection.query(kDevices, user_id);
  while (rows.next()) found.push_back(device_row(rows, user_id));
  return found;
}

std::size_t count_devices(Connection& connection, std::string_view user_id) {
  auto rows = connection.query(kCountDevices, user_id);
  return rows.next() ? static_cast<std::size_t>(rows.integer(0)) : 0;
}

std::optional<DeviceRow> longest_unused_device(Connection& connection, std::string_view user_id) {
  auto rows = connection.query(kLongestUnusedDevice, user_id);
  if (!rows.next()) return std::nullopt;
  return device_row(rows, user_id);
}

std::vector<DeviceRow> devices_after(Connection& connection, std::string_view user_id, std::string_view device_id,
                                     std::size_t limit) {
  std::vector<DeviceRow> found;
  auto rows = connection.query(kDevicesAfter, user_id, device_id, static_cast<std::int64_t>(limit));
  while (rows.next()) found.push_back(device_row(rows, rows.text(6)));
  return found;
}

bool rename_device(Tx& tx, std::string_view user_id, std::string_view device_id,
                   const std::optional<std::string>& display_name) {
  return tx.run(kRenameDevice, user_id, device_id, display_name) == 1;
}

bool delete_device(Tx& tx, std::string_view user_id, std::string_view device_id) {
  delete_device_tokens(tx, user_id, device_id);
  tx.run(kDeleteDevicePushers, user_id, device_id);
  return tx.run(kDeleteDevice, user_id, device_id) == 1;
}

void note_seen(Tx& tx, const DeviceRow& row) {
  tx.run(kTouchDevice, row.user_id, row.device_id, row.display_name, row.last_seen_ms, row.last_seen_ip,
         row.last_seen_user_agent);
}

void insert_token(Tx& tx, const TokenRow& row) {
  tx.run(kInsertToken, Value::blob(row.token_hash), row.user_id, row.device_id, row.made_ms, row.expires_ms,
         blob_or_null(row.refresh_hash), blob_or_null(row.retires));
}

std::optional<SessionRow> find_session(Connection& connection, std::string_view hash) {
  auto rows = connection.query(kFindSession, Value::blob(hash));
  if (!rows.next()) return std::nullopt;
  return SessionRow{.token = {.token_hash = std::string(hash),
                              .user_id = rows.string(0),
                              .device_id = rows.string(1),
                              .made_ms = rows.integer(2),
                              .expires_ms = rows.optional_integer(3),
                              .refresh_hash = optional_blob(rows, 4),
                              .retires = optional_blob(rows, 5)},
                    .kind = kind_of(rows.integer(6)),
                    .admin = rows.integer(7) != 0,
                    .locked = rows.integer(8) != 0,
                    .deactivated = rows.integer(9) != 0};
}

void delete_token(Tx& tx, std::string_view hash) { tx.run(kDeleteToken, Value::blob(hash)); }

void delete_device_tokens(Tx& tx, std::string_view user_id, std::string_view device_id) {
  tx.run(kDeleteDeviceTokens, user_id, device_id);
  tx.run(kDeleteDeviceRefreshTokens, user_id, device_id);
}

void delete_tokens_without_device(Tx& tx, std::string_view user_id) { delete_device_tokens(tx, user_id, ""); }

void insert_refresh_token(Tx& tx, const RefreshRow& row, std::int64_t made_ms) {
  tx.run(kInsertRefreshToken, Value::blob(row.token_hash), row.user_id, row.device_id, made_ms);
}

std::optional<RefreshRow> find_refresh_token(Connection& connection, std::string_view hash) {
  auto rows = connection.query(kFindRefreshToken, Value::blob(hash));
  if (!rows.next()) return std::nullopt;
  return RefreshRow{.token_hash = std::string(hash), .user_id = rows.string(0), .device_id = rows.string(1)};
}

std::optional<TokenRow> token_of_refresh(Connection& connection, const RefreshRow& refresh) {
  auto rows = connection.query(kTokenOfRefresh, refresh.user_id, refresh.device_id, Value::blob(refresh.token_hash));
  if (!rows.next()) return std::nullopt;
  return TokenRow{.token_hash = std::string(rows.blob(0)),
                  .user_id = refresh.user_id,
                  .device_id = refresh.device_id,
                  .made_ms = rows.integer(1),
                  .expires_ms = rows.optional_integer(2),
                  .refresh_hash = refresh.token_hash,
                  .retires = optional_blob(rows, 3)};
}

void retire_predecessor(Tx& tx, const TokenRow& token) {
  if (!token.retires) return;
  tx.run(kDeleteRefreshToken, Value::blob(*token.retires));
  tx.run(kDeleteTokenOfRefresh, token.user_id, token.device_id, Value::blob(*token.retires));
  tx.run(kClearRetires, Value::blob(token.token_hash));
}

void delete_unused_successors(Tx& tx, const RefreshRow& refresh) {
  tx.run(kDeleteUnusedRefreshTokens, refresh.user_id, refresh.device_id, Value::blob(refresh.token_hash));
  tx.run(kDeleteUnusedTokens, refresh.user_id, refresh.device_id, Value::blob(refresh.token_hash));
}

std::optional<RegistrationToken> find_registration_token(Connection& connection, std::string_view token) {
  auto rows = connection.query(kFindRegistrationToken, token);
  if (!rows.next()) return std::nullopt;
  return RegistrationToken{
      .uses_allowed = rows.optional_integer(0), .completed = rows.integer(1), .expires_ms = rows.optional_integer(2)};
}

bool use_registration_token(Tx& tx, std::string_view token, std::int64_t now_ms) {
  return tx.run(kUseRegistrationToken, token, now_ms) == 1;
}

void insert_openid_token(Tx& tx, std::string_view hash, std::string_view user_id, std::int64_t expires_ms) {
  tx.run(kInsertOpenIdToken, Value::blob(hash), user_id, expires_ms);
}

std::optional<std::string> find_openid_user(Connection& connection, std::string_view hash, std::int64_t now_ms) {
  auto rows = connection.query(kFindOpenIdUser, Value::blob(hash), now_ms);
  if (!rows.next()) return std::nullopt;
  return rows.string(0);
}

void delete_expired_openid_tokens(Tx& tx, std::int64_t now_ms) { tx.run(kDeleteExpiredOpenIdTokens, now_ms); }

std::vector<HashDue> tokens_after(Connection& connection, std::string_view token_hash, std::int64_t before_ms,
                                  std::size_t limit) {
  return hashes_due(
      connection.query(kTokensAfter, Value::blob(token_hash), before_ms, static_cast<std::int64_t>(limit)));
}

void delete_ended_token(Tx& tx, std::string_view token_hash, std::int64_t before_ms) {
  tx.run(kDeleteEndedToken, Value::blob(token_hash), before_ms);
}

std::vector<HashDue> refresh_tokens_after(Connection& connection, std::string_view token_hash, std::size_t limit) {
  return hashes_due(connection.query(kRefreshTokensAfter, Value::blob(token_hash), static_cast<std::int64_t>(limit)));
}

void delete_lost_refresh_token(Tx& tx, std::string_view token_hash) {
  tx.run(kDeleteLostRefreshToken, Value::blob(token_hash));
}

}  // namespace account_store
}  // namespace troupe::homeserver
