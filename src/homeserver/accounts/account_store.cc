#include "homeserver/accounts/account_store.h"

#include "base/crypto.h"
#include "homeserver/accounts/delegated_store.h"
#include "store/like.h"
#include "store/words.h"

namespace troupe::homeserver::accounts {
namespace {

using namespace store::words;

constexpr auto kAccount =
    store::columns(column("user_id", &AccountRow::user_id), column("localpart", &AccountRow::localpart),
                   column("kind", &AccountRow::kind), column("password_hash", &AccountRow::password_hash),
                   column("admin", &AccountRow::admin), column("locked", &AccountRow::locked),
                   column("deactivated", &AccountRow::deactivated), column("guest", &AccountRow::guest),
                   column("created_ms", &AccountRow::created_ms));
constexpr auto kInsertAccount = sql(store::insert("hs_account", kAccount), " ON CONFLICT (user_id) DO NOTHING");
constexpr auto kFindAccount = sql("SELECT ", kAccount, " FROM hs_account WHERE user_id = ?1");
constexpr auto kPublic = store::columns(
    "a", column("user_id", &matrix::Account::user_id), column("kind", &matrix::Account::kind),
    column("admin", &matrix::Account::admin), column("deactivated", &matrix::Account::deactivated),
    column("locked", &matrix::Account::locked), column("suspended", &matrix::Account::suspended),
    computed("d.value", &matrix::Account::display_name), computed("v.value", &matrix::Account::avatar_url),
    column("created_ms", &matrix::Account::created_ms));
constexpr auto kWithProfile =
    sql(" FROM hs_account a LEFT JOIN hs_profile d ON d.user_id = a.user_id AND d.name = 'displayname' "
        "LEFT JOIN hs_profile v ON v.user_id = a.user_id AND v.name = 'avatar_url' WHERE ");
constexpr auto kFindPublic = sql("SELECT ", kPublic, kWithProfile, "a.user_id = ?1");
// A filter that is -1 lets everything through.
constexpr auto kMatching =
    sql(kWithProfile,
        "(lower(a.localpart) LIKE ?1 ESCAPE '\\' OR lower(d.value) LIKE ?1 ESCAPE '\\') "
        "AND (?2 = -1 OR a.kind = ?2) AND (?3 = -1 OR a.admin = ?3) AND (?4 = -1 OR a.locked = ?4) "
        "AND (?5 = -1 OR a.deactivated = ?5)");
constexpr auto kCountAccounts = sql("SELECT count(*)", kMatching);
template <std::size_t N>
consteval auto list_by(const char (&order)[N]) {
  return sql("SELECT ", kPublic, kMatching, " ORDER BY ", order, " LIMIT ?6 OFFSET ?7");
}
constexpr auto kByUser = list_by("a.user_id");
constexpr auto kByUserDown = list_by("a.user_id DESC");
constexpr auto kByAge = list_by("a.created_ms, a.user_id");
constexpr auto kByAgeDown = list_by("a.created_ms DESC, a.user_id");
constexpr auto kByName = list_by("lower(coalesce(d.value, '')), a.user_id");
constexpr auto kByNameDown = list_by("lower(coalesce(d.value, '')) DESC, a.user_id");
/// By AccountSort, upwards and downwards.
constexpr std::string_view kListAccounts[][2] = {{kByUser, kByUserDown}, {kByAge, kByAgeDown}, {kByName, kByNameDown}};
constexpr auto kActiveAdmin =
    sql("SELECT 1 FROM hs_account WHERE admin = 1 AND locked = 0 AND deactivated = 0 AND user_id ");
constexpr auto kIsActiveAdmin = sql(kActiveAdmin, "= ?1");
constexpr auto kOtherActiveAdmin = sql(kActiveAdmin, "<> ?1 LIMIT 1");
/// What an administrator decides holds: an account that is opened after its time has passed has no end any more.
constexpr std::string_view kSetLocked =
    "UPDATE hs_account SET locked = ?2, expired = 0, "
    "valid_until_ms = CASE WHEN CAST(?2 AS BIGINT) = 0 AND expired = 1 THEN NULL ELSE valid_until_ms END WHERE user_id "
    "= ?1";
constexpr auto kMessageRate =
    store::columns(column("messages_per_s", &MessageRate::per_s), column("messages_at_once", &MessageRate::at_once));
constexpr auto kFindMessageRate =
    sql("SELECT ", kMessageRate, " FROM hs_account WHERE user_id = ?1 AND messages_per_s IS NOT NULL");

// A service stays one, unless it becomes a bot.
constexpr std::string_view kSetType =
    "UPDATE hs_account SET user_type = ?2, kind = CASE WHEN ?3 = 1 THEN 1 WHEN kind = 1 THEN 0 ELSE kind END "
    "WHERE user_id = ?1";

constexpr auto kDevice =
    store::columns("d", column("user_id", &DeviceRow::user_id), column("device_id", &DeviceRow::device_id),
                   column("display_name", &DeviceRow::display_name), column("created_ms", &DeviceRow::created_ms),
                   column("last_seen_ms", &DeviceRow::last_seen_ms), column("last_seen_ip", &DeviceRow::last_seen_ip),
                   column("last_seen_user_agent", &DeviceRow::last_seen_user_agent));
constexpr auto kInsertDevice = sql(store::insert("hs_device", kDevice), " ON CONFLICT (user_id, device_id) DO NOTHING");
constexpr auto kDevices = sql("SELECT ", kDevice, " FROM hs_device d WHERE d.user_id = ?1 ORDER BY d.device_id");
constexpr auto kFindDevice = sql("SELECT ", kDevice, " FROM hs_device d WHERE d.user_id = ?1 AND d.device_id = ?2");
constexpr auto kLongestUnusedDevice =
    sql("SELECT ", kDevice,
        " FROM hs_device d WHERE d.user_id = ?1 ORDER BY COALESCE(d.last_seen_ms, d.created_ms), d.device_id LIMIT 1");
constexpr auto kDevicesAfter =
    sql("SELECT ", kDevice,
        " FROM hs_device d JOIN hs_account a ON a.user_id = d.user_id "
        "WHERE a.kind = 0 AND (d.user_id, d.device_id) > (?1, ?2) ORDER BY d.user_id, d.device_id LIMIT ?3");
constexpr auto kDehydrated =
    store::columns(column("user_id", &DehydratedRow::user_id), column("device_id", &DehydratedRow::device_id),
                   column("device_data", &DehydratedRow::device_data));
constexpr auto kPutDehydrated =
    sql(store::insert("hs_dehydrated", kDehydrated),
        " ON CONFLICT (user_id) DO UPDATE SET device_id = excluded.device_id, device_data = excluded.device_data");
constexpr auto kFindDehydrated = sql("SELECT ", kDehydrated, " FROM hs_dehydrated WHERE user_id = ?1");

constexpr auto kToken = store::columns(
    "t", column<store::Bytes>("token_hash", &TokenRow::token_hash), column("user_id", &TokenRow::user_id),
    column("device_id", &TokenRow::device_id), column("made_ms", &TokenRow::made_ms),
    column("expires_ms", &TokenRow::expires_ms), column<store::Bytes>("refresh_hash", &TokenRow::refresh_hash),
    column<store::Bytes>("retires", &TokenRow::retires));
constexpr auto kInsertToken = store::insert("hs_token", kToken);
constexpr auto kSession = store::columns(
    "a", store::part(&SessionRow::token, kToken), column("kind", &SessionRow::kind),
    column("admin", &SessionRow::admin), column("locked", &SessionRow::locked),
    column("suspended", &SessionRow::suspended), column("shadow_banned", &SessionRow::shadow_banned),
    column("deactivated", &SessionRow::deactivated), column("guest", &SessionRow::guest),
    column("messages_per_s", &SessionRow::messages_per_s), column("messages_at_once", &SessionRow::messages_at_once));
constexpr auto kFindSession =
    sql("SELECT ", kSession, " FROM hs_token t JOIN hs_account a ON a.user_id = t.user_id WHERE t.token_hash = ?1");
constexpr auto kSessionOfUser = store::columns(
    column("kind", &SessionRow::kind), column("admin", &SessionRow::admin), column("locked", &SessionRow::locked),
    column("suspended", &SessionRow::suspended), column("shadow_banned", &SessionRow::shadow_banned),
    column("deactivated", &SessionRow::deactivated), column("guest", &SessionRow::guest),
    column("messages_per_s", &SessionRow::messages_per_s), column("messages_at_once", &SessionRow::messages_at_once));
constexpr auto kFindSessionOfUser = sql("SELECT ", kSessionOfUser, " FROM hs_account WHERE user_id = ?1");

constexpr auto kRefresh =
    store::columns(column<store::Bytes>("token_hash", &RefreshRow::token_hash), column("user_id", &RefreshRow::user_id),
                   column("device_id", &RefreshRow::device_id));
constexpr auto kInsertRefreshToken = store::insert("hs_refresh_token", kRefresh, "made_ms");
constexpr auto kFindRefreshToken = sql("SELECT ", kRefresh, " FROM hs_refresh_token WHERE token_hash = ?1");
constexpr auto kTokenOfRefresh =
    sql("SELECT ", kToken, " FROM hs_token t WHERE t.user_id = ?1 AND t.device_id = ?2 AND t.refresh_hash = ?3");

// One that a refresh token can renew stays: its client is told to do so.
constexpr std::string_view kTokensAfter =
    "SELECT t.token_hash, CASE WHEN t.expires_ms < ?2 AND t.retires IS NULL AND r.token_hash IS NULL THEN 1 ELSE 0 END "
    "FROM (SELECT token_hash, expires_ms, retires, refresh_hash FROM hs_token WHERE token_hash > ?1 "
    "ORDER BY token_hash LIMIT ?3) t LEFT JOIN hs_refresh_token r ON r.token_hash = t.refresh_hash "
    "ORDER BY t.token_hash";

constexpr auto kLoginToken =
    store::columns(column<store::Bytes>("token_hash", &account_store::LoginTokenRow::token_hash),
                   column("user_id", &account_store::LoginTokenRow::user_id),
                   column("device_id", &account_store::LoginTokenRow::device_id),
                   column("expires_ms", &account_store::LoginTokenRow::expires_ms),
                   column("provider", &account_store::LoginTokenRow::origin, &SsoOrigin::provider),
                   column("external_id", &account_store::LoginTokenRow::origin, &SsoOrigin::external_id),
                   column("sid", &account_store::LoginTokenRow::origin, &SsoOrigin::sid));
constexpr auto kInsertLoginToken = store::insert("hs_login_token", kLoginToken);
constexpr auto kFindLoginToken = sql("SELECT ", kLoginToken, " FROM hs_login_token WHERE token_hash = ?1");

constexpr auto kOpenId = store::columns(column<store::Bytes>("token_hash", &account_store::OpenIdRow::token_hash),
                                        column("user_id", &account_store::OpenIdRow::user_id),
                                        column("device_id", &account_store::OpenIdRow::device_id),
                                        column("expires_ms", &account_store::OpenIdRow::expires_ms));
constexpr auto kInsertOpenId = store::insert("hs_openid_token", kOpenId);
constexpr auto kFindOpenId =
    sql("SELECT ", kOpenId,
        " FROM hs_openid_token WHERE token_hash = ?1 AND expires_ms > ?2 AND EXISTS (SELECT 1 FROM hs_account a "
        "WHERE a.user_id = hs_openid_token.user_id AND a.deactivated = 0 AND a.locked = 0)");

constexpr auto kHashDue = store::columns(column<store::Bytes>("token_hash", &account_store::HashDue::token_hash),
                                         column("due", &account_store::HashDue::due));

std::int64_t filter(std::optional<bool> wanted) { return wanted ? (*wanted ? 1 : 0) : -1; }

}  // namespace

std::string token_hash(std::string_view token) {
  const auto digest = base::sha256(token);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

namespace account_store {

bool insert_account(Tx& tx, const AccountRow& row) { return store::run_insert(tx, kInsertAccount, kAccount, row) == 1; }

std::optional<AccountRow> find_account(Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kFindAccount, user_id), kAccount);
}

std::optional<matrix::Account> find_public(Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kFindPublic, user_id), kPublic);
}

matrix::AccountPage list_accounts(Connection& connection, const matrix::AccountQuery& query) {
  const auto pattern = store::like_containing(query.search);
  const std::int64_t kind = query.kind ? static_cast<std::int64_t>(*query.kind) : -1;
  const auto admin = filter(query.admin), locked = filter(query.locked), deactivated = filter(query.deactivated);
  const auto sql = kListAccounts[static_cast<std::size_t>(query.sort)][query.descending ? 1 : 0];
  auto accounts =
      store::all(connection.query(sql, pattern, kind, admin, locked, deactivated, query.limit, query.from), kPublic);
  return {.accounts = std::move(accounts),
          .total = store::number(connection.query(kCountAccounts, pattern, kind, admin, locked, deactivated))};
}

void set_password(Tx& tx, std::string_view user_id, const std::optional<std::string>& password_hash) {
  tx.run("UPDATE hs_account SET password_hash = ?2 WHERE user_id = ?1", user_id, password_hash);
}
bool is_last_admin(Connection& connection, std::string_view user_id) {
  return store::any(connection.query(kIsActiveAdmin, user_id)) &&
         !store::any(connection.query(kOtherActiveAdmin, user_id));
}

void set_admin(Tx& tx, std::string_view user_id, bool admin) {
  tx.run("UPDATE hs_account SET admin = ?2 WHERE user_id = ?1", user_id, admin);
}
void set_locked(Tx& tx, std::string_view user_id, bool locked) { tx.run(kSetLocked, user_id, locked); }
void set_message_rate(Tx& tx, std::string_view user_id, const std::optional<MessageRate>& rate) {
  tx.run("UPDATE hs_account SET messages_per_s = ?2, messages_at_once = ?3 WHERE user_id = ?1", user_id,
         rate ? std::optional(rate->per_s) : std::nullopt, rate ? std::optional(rate->at_once) : std::nullopt);
}
std::optional<MessageRate> message_rate(Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kFindMessageRate, user_id), kMessageRate);
}
void set_shadow_banned(Tx& tx, std::string_view user_id, bool banned) {
  tx.run("UPDATE hs_account SET shadow_banned = ?2 WHERE user_id = ?1", user_id, banned);
}

bool anybody_shadow_banned(Connection& connection) {
  return store::any(connection.query("SELECT 1 FROM hs_account WHERE shadow_banned = 1 LIMIT 1"));
}

bool is_shadow_banned(Connection& connection, std::string_view user_id) {
  return store::any(connection.query("SELECT 1 FROM hs_account WHERE user_id = ?1 AND shadow_banned = 1", user_id));
}

void set_suspended(Tx& tx, std::string_view user_id, bool suspended) {
  tx.run("UPDATE hs_account SET suspended = ?2 WHERE user_id = ?1", user_id, suspended);
}
void set_deactivated(Tx& tx, std::string_view user_id, bool erase) {
  tx.run(
      "UPDATE hs_account SET deactivated = 1, erased = CASE WHEN ?2 <> 0 THEN 1 ELSE erased END, admin = 0, "
      "guest_network = '' WHERE user_id = ?1",
      user_id, erase);
  // Else it stays, to tell whoever knows it that the account is closed, and nobody else.
  if (erase) tx.run("UPDATE hs_account SET password_hash = NULL WHERE user_id = ?1", user_id);
}

void set_active(Tx& tx, std::string_view user_id) {
  tx.run("UPDATE hs_account SET deactivated = 0, erased = 0 WHERE user_id = ?1", user_id);
}

void set_type(Tx& tx, std::string_view user_id, UserType type) {
  const auto word = type == UserType::support ? std::optional<std::string>("support") : std::nullopt;
  tx.run(kSetType, user_id, word, std::int64_t{type == UserType::bot});
}

std::vector<std::string> deactivated_in_rooms(Connection& connection, std::int64_t limit) {
  return store::values<std::string>(
      connection.query("SELECT DISTINCT a.user_id FROM hs_account a JOIN hs_membership m ON m.user_id = a.user_id "
                       "WHERE a.deactivated = 1 AND m.membership IN ('join', 'invite', 'knock') LIMIT ?1",
                       limit));
}

bool upsert_device(Tx& tx, const DeviceRow& row) {
  if (store::run_insert(tx, kInsertDevice, kDevice, row) == 1) return true;
  note_seen(tx, row);
  return false;
}

std::optional<DeviceRow> find_device(Connection& connection, std::string_view user_id, std::string_view device_id) {
  return store::one(connection.query(kFindDevice, user_id, device_id), kDevice);
}

std::vector<DeviceRow> devices(Connection& connection, std::string_view user_id) {
  return store::all(connection.query(kDevices, user_id), kDevice);
}

std::size_t count_devices(Connection& connection, std::string_view user_id) {
  return static_cast<std::size_t>(
      store::number(connection.query("SELECT count(*) FROM hs_device WHERE user_id = ?1", user_id)));
}

std::optional<DeviceRow> longest_unused_device(Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kLongestUnusedDevice, user_id), kDevice);
}

std::vector<DeviceRow> devices_after(Connection& connection, std::string_view user_id, std::string_view device_id,
                                     std::size_t limit) {
  return store::all(connection.query(kDevicesAfter, user_id, device_id, static_cast<std::int64_t>(limit)), kDevice);
}

bool rename_device(Tx& tx, std::string_view user_id, std::string_view device_id,
                   const std::optional<std::string>& display_name) {
  return tx.run("UPDATE hs_device SET display_name = ?3 WHERE user_id = ?1 AND device_id = ?2", user_id, device_id,
                display_name) == 1;
}

bool delete_device(Tx& tx, std::string_view user_id, std::string_view device_id) {
  delete_device_tokens(tx, user_id, device_id);
  tx.run("DELETE FROM hs_pusher WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  end_dehydrated(tx, user_id, device_id);
  return tx.run("DELETE FROM hs_device WHERE user_id = ?1 AND device_id = ?2", user_id, device_id) == 1;
}

void put_dehydrated(Tx& tx, const DehydratedRow& row) { store::run_insert(tx, kPutDehydrated, kDehydrated, row); }

std::optional<DehydratedRow> find_dehydrated(Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kFindDehydrated, user_id), kDehydrated);
}

void end_dehydrated(Tx& tx, std::string_view user_id, std::string_view device_id) {
  tx.run("DELETE FROM hs_dehydrated WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
}

void note_seen(Tx& tx, const DeviceRow& row) {
  tx.run(
      "UPDATE hs_device SET display_name = coalesce(display_name, ?3), last_seen_ms = coalesce(?4, "
      "last_seen_ms), last_seen_ip = coalesce(?5, last_seen_ip), last_seen_user_agent = coalesce(?6, "
      "last_seen_user_agent) WHERE user_id = ?1 AND device_id = ?2",
      row.user_id, row.device_id, row.display_name, row.last_seen_ms, row.last_seen_ip, row.last_seen_user_agent);
}

void insert_token(Tx& tx, const TokenRow& row) { store::run_insert(tx, kInsertToken, kToken, row); }

std::optional<SessionRow> find_session(Connection& connection, std::string_view hash) {
  return store::one(connection.query(kFindSession, Value::blob(hash)), kSession);
}

std::optional<SessionRow> find_session_of_user(Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kFindSessionOfUser, user_id), kSessionOfUser);
}

void delete_token(Tx& tx, std::string_view hash) {
  tx.run("DELETE FROM hs_token WHERE token_hash = ?1", Value::blob(hash));
}

void delete_device_tokens(Tx& tx, std::string_view user_id, std::string_view device_id) {
  tx.run("DELETE FROM hs_token WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run("DELETE FROM hs_refresh_token WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run("DELETE FROM hs_login_token WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run("DELETE FROM hs_openid_token WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  delegated_store::forget_session(tx, user_id, device_id);
  sso_store::forget_session(tx, user_id, device_id);
}

bool has_token(Connection& connection, std::string_view user_id, std::string_view device_id) {
  return store::any(
      connection.query("SELECT 1 FROM hs_token WHERE user_id = ?1 AND device_id = ?2 LIMIT 1", user_id, device_id));
}

void delete_tokens_without_device(Tx& tx, std::string_view user_id) { delete_device_tokens(tx, user_id, ""); }

std::vector<std::string> tokens_without_device(Connection& connection, std::string_view user_id) {
  return store::values<std::string, store::Bytes>(connection.query(
      "SELECT token_hash FROM hs_token WHERE user_id = ?1 AND device_id = '' ORDER BY made_ms, token_hash", user_id));
}

void insert_refresh_token(Tx& tx, const RefreshRow& row, std::int64_t made_ms) {
  store::run_insert(tx, kInsertRefreshToken, kRefresh, row, made_ms);
}

std::optional<RefreshRow> find_refresh_token(Connection& connection, std::string_view hash) {
  return store::one(connection.query(kFindRefreshToken, Value::blob(hash)), kRefresh);
}

std::optional<TokenRow> token_of_refresh(Connection& connection, const RefreshRow& refresh) {
  return store::one(
      connection.query(kTokenOfRefresh, refresh.user_id, refresh.device_id, Value::blob(refresh.token_hash)), kToken);
}

void retire_predecessor(Tx& tx, const TokenRow& token) {
  if (!token.retires) return;
  tx.run("DELETE FROM hs_refresh_token WHERE token_hash = ?1", Value::blob(*token.retires));
  tx.run("DELETE FROM hs_token WHERE user_id = ?1 AND device_id = ?2 AND refresh_hash = ?3", token.user_id,
         token.device_id, Value::blob(*token.retires));
  tx.run("UPDATE hs_token SET retires = NULL WHERE token_hash = ?1", Value::blob(token.token_hash));
}

void delete_unused_successors(Tx& tx, const RefreshRow& refresh) {
  tx.run(
      "DELETE FROM hs_refresh_token WHERE user_id = ?1 AND device_id = ?2 AND token_hash IN "
      "(SELECT refresh_hash FROM hs_token WHERE user_id = ?1 AND device_id = ?2 AND retires = ?3)",
      refresh.user_id, refresh.device_id, Value::blob(refresh.token_hash));
  tx.run("DELETE FROM hs_token WHERE user_id = ?1 AND device_id = ?2 AND retires = ?3", refresh.user_id,
         refresh.device_id, Value::blob(refresh.token_hash));
}

void insert_openid_token(Tx& tx, const OpenIdRow& row) { store::run_insert(tx, kInsertOpenId, kOpenId, row); }

std::optional<OpenIdRow> find_openid_token(Connection& connection, std::string_view hash, std::int64_t now_ms) {
  return store::one(connection.query(kFindOpenId, Value::blob(hash), now_ms), kOpenId);
}

void delete_expired_openid_tokens(Tx& tx, std::int64_t now_ms) {
  tx.run("DELETE FROM hs_openid_token WHERE expires_ms <= ?1", now_ms);
}

void insert_login_token(Tx& tx, const LoginTokenRow& row) {
  store::run_insert(tx, kInsertLoginToken, kLoginToken, row);
}

std::optional<LoginTokenRow> find_login_token(Connection& connection, std::string_view hash) {
  return store::one(connection.query(kFindLoginToken, Value::blob(hash)), kLoginToken);
}

bool delete_login_token(Tx& tx, std::string_view hash) {
  return tx.run("DELETE FROM hs_login_token WHERE token_hash = ?1", Value::blob(hash)) > 0;
}

std::int64_t count_login_tokens(Connection& connection, std::string_view user_id) {
  return store::number(connection.query("SELECT count(*) FROM hs_login_token WHERE user_id = ?1", user_id));
}

void delete_expired_login_tokens(Tx& tx, std::int64_t now_ms) {
  tx.run("DELETE FROM hs_login_token WHERE expires_ms <= ?1", now_ms);
}

std::vector<HashDue> tokens_after(Connection& connection, std::string_view token_hash, std::int64_t before_ms,
                                  std::size_t limit) {
  return store::all(
      connection.query(kTokensAfter, Value::blob(token_hash), before_ms, static_cast<std::int64_t>(limit)), kHashDue);
}

void delete_ended_token(Tx& tx, std::string_view token_hash, std::int64_t before_ms) {
  tx.run(
      "DELETE FROM hs_token WHERE token_hash = ?1 AND expires_ms < ?2 AND retires IS NULL AND NOT EXISTS "
      "(SELECT 1 FROM hs_refresh_token r WHERE r.token_hash = hs_token.refresh_hash)",
      Value::blob(token_hash), before_ms);
}

std::vector<HashDue> refresh_tokens_after(Connection& connection, std::string_view token_hash, std::size_t limit) {
  return store::all(
      connection.query("SELECT r.token_hash, CASE WHEN d.device_id IS NULL THEN 1 ELSE 0 END FROM "
                       "(SELECT token_hash, user_id, device_id FROM hs_refresh_token WHERE token_hash > ?1 "
                       "ORDER BY token_hash LIMIT ?2) r LEFT JOIN hs_device d ON d.user_id = r.user_id "
                       "AND d.device_id = r.device_id ORDER BY r.token_hash",
                       Value::blob(token_hash), static_cast<std::int64_t>(limit)),
      kHashDue);
}

void delete_lost_refresh_token(Tx& tx, std::string_view token_hash) {
  tx.run(
      "DELETE FROM hs_refresh_token WHERE token_hash = ?1 AND NOT EXISTS (SELECT 1 FROM hs_device d "
      "WHERE d.user_id = hs_refresh_token.user_id AND d.device_id = hs_refresh_token.device_id)",
      Value::blob(token_hash));
}

}  // namespace account_store
}  // namespace troupe::homeserver::accounts
