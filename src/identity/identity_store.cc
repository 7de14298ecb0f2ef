#include "identity/identity_store.h"

#include "base/text.h"
#include "store/words.h"

#include "store/in_pieces.h"

namespace troupe::identity {
namespace {

using namespace store::words;

/// Words with a blank between them.
struct SpacedWords {
  static void read(store::Rows& rows, std::vector<std::string>& words) {
    words.clear();
    for (auto text = rows.take<std::string_view>(); !text.empty();) {
      auto end = text.find(' ');
      if (end != 0) words.emplace_back(text.substr(0, end));
      text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
  }
  static std::string write(const std::vector<std::string>& words) {
    std::string joined;
    for (const auto& word : words) joined += (joined.empty() ? "" : " ") + word;
    return joined;
  }
};

/// A number that no program knows is the nearest role.
struct RoleNumber : store::Plain {
  static void read(store::Rows& rows, net::route::Role& role) {
    role = static_cast<net::route::Role>(std::clamp<std::int64_t>(rows.take<std::int64_t>(), 0, 2));
  }
};

constexpr std::string_view kNextId = "UPDATE id_counter SET last = last + 1 WHERE name = ?1 RETURNING last";

constexpr auto kPrincipal =
    store::columns("p", column("id", &Principal::id), column("tenant_id", &Principal::tenant_id),
                   column<store::Word<parse_kind, PrincipalKind::person>>("kind", &Principal::kind),
                   column<store::TextOrNull>("user_id", &Principal::user_id), column("name", &Principal::name),
                   column<RoleNumber>("role", &Principal::role), column("disabled_ms", &Principal::disabled_ms),
                   column("suspended", &Principal::suspended), column("created_ms", &Principal::created_ms));
constexpr auto kInsertPrincipal = store::insert("id_principal", kPrincipal);
constexpr auto kFromPrincipal = sql("SELECT ", kPrincipal, " FROM id_principal p WHERE ");
constexpr auto kPrincipalById = sql(kFromPrincipal, "p.id = ?2 AND p.tenant_id = ?1");
constexpr auto kPrincipalByUser = sql(kFromPrincipal, "p.user_id = ?1");
constexpr auto kServiceByName = sql(kFromPrincipal, "p.kind = 'service' AND p.tenant_id = ?1 AND p.name = ?2");
constexpr std::string_view kUpdateRole = "UPDATE id_principal SET role = ?2 WHERE id = ?1";
constexpr std::string_view kUsersOfTenant =
    "SELECT user_id FROM id_principal WHERE tenant_id = ?1 AND user_id IS NOT NULL ORDER BY user_id LIMIT ?2";
constexpr std::string_view kUsersWithRole =
    "SELECT user_id FROM id_principal WHERE tenant_id = ?1 AND role = ?2 AND user_id IS NOT NULL";
// The default tenant came with the first start, as the first principals did.
constexpr auto kTenant =
    store::columns("t", column("id", &Tenant::id), column("name", &Tenant::name),
                   computed("CASE WHEN t.created_ms > 0 THEN t.created_ms ELSE (SELECT COALESCE(MIN(p.created_ms), 0) "
                            "FROM id_principal p) END",
                            &Tenant::created_ms),
                   computed("(SELECT COUNT(*) FROM id_principal p WHERE p.tenant_id = t.id AND p.user_id IS NOT NULL)",
                            &Tenant::principals));
constexpr auto kTenants = sql("SELECT ", kTenant, " FROM id_tenant t ORDER BY t.id");
constexpr std::string_view kInsertTenant = "INSERT INTO id_tenant (id, name, created_ms) VALUES (?1, ?2, ?3)";
constexpr std::string_view kRenameTenant = "UPDATE id_tenant SET name = ?2 WHERE id = ?1";
constexpr std::string_view kMovePrincipal = "UPDATE id_principal SET tenant_id = ?2 WHERE id = ?1";
constexpr std::string_view kMoveKeys = "UPDATE id_api_key SET tenant_id = ?2 WHERE principal_id = ?1";
constexpr std::string_view kUpdateDisabled = "UPDATE id_principal SET disabled_ms = ?2 WHERE id = ?1";

constexpr std::string_view kInsertSession =
    "INSERT INTO id_session (id, tenant_id, token_hash, principal_id, created_ms, last_seen_ms, expires_ms, "
    "remote_address, user_agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
constexpr std::string_view kPutSessionOrigin =
    "UPDATE id_session SET provider = ?2, subject = ?3, sid = ?4 WHERE id = ?1";
constexpr std::string_view kDeleteOfSubject =
    "DELETE FROM id_session WHERE id IN (SELECT id FROM id_session WHERE provider = ?1 AND provider <> '' AND "
    "subject = ?2 AND (?3 = '' OR sid = ?3) LIMIT ?4)";
constexpr std::string_view kDeleteOfSid =
    "DELETE FROM id_session WHERE id IN (SELECT id FROM id_session WHERE provider = ?1 AND provider <> '' AND "
    "sid = ?2 LIMIT ?3)";
constexpr auto kSession =
    store::columns("s", column("id", &SessionRow::id), column("created_ms", &SessionRow::created_ms),
                   column("last_seen_ms", &SessionRow::last_seen_ms), column("expires_ms", &SessionRow::expires_ms),
                   store::part(&SessionRow::principal, kPrincipal));
constexpr auto kFromSession =
    sql("SELECT ", kSession, " FROM id_session s JOIN id_principal p ON p.id = s.principal_id WHERE ");
constexpr auto kSessionByHash = sql(kFromSession, "s.token_hash = ?1");
constexpr auto kSessionById = sql(kFromSession, "s.id = ?1");
constexpr std::string_view kTouchSession = "UPDATE id_session SET last_seen_ms = ?2 WHERE id = ?1";
constexpr std::string_view kDeleteSession = "DELETE FROM id_session WHERE token_hash = ?1";
constexpr std::string_view kDeleteSessionsOf = "DELETE FROM id_session WHERE principal_id = ?1";
constexpr auto kOwnSession =
    store::columns(column("id", &SessionOfPrincipal::id), column("created_ms", &SessionOfPrincipal::created_ms),
                   column("last_seen_ms", &SessionOfPrincipal::last_seen_ms),
                   column("remote_address", &SessionOfPrincipal::remote_address),
                   column("user_agent", &SessionOfPrincipal::user_agent));
constexpr auto kSessionsOf =
    sql("SELECT ", kOwnSession, " FROM id_session WHERE principal_id = ?1 ORDER BY last_seen_ms DESC, id DESC");
constexpr std::string_view kDeleteSessionById = "DELETE FROM id_session WHERE principal_id = ?1 AND id = ?2";
constexpr std::string_view kDeleteOldSessions =
    "DELETE FROM id_session WHERE id IN "
    "(SELECT id FROM id_session WHERE expires_ms <= ?1 OR last_seen_ms < ?2 LIMIT ?3)";
constexpr std::string_view kDeleteEndedKeys =
    "DELETE FROM id_api_key WHERE id IN (SELECT id FROM id_api_key WHERE revoked_ms < ?1 OR expires_ms < ?1 LIMIT ?2)";

constexpr auto kApiKey =
    store::columns("k", column("id", &ApiKey::id), column("principal_id", &ApiKey::principal_id),
                   computed("COALESCE(p.user_id, p.name)", &ApiKey::owner), column("name", &ApiKey::name),
                   column("prefix", &ApiKey::prefix), column<RoleNumber>("role", &ApiKey::role),
                   column<SpacedWords>("scopes", &ApiKey::scopes), column("created_ms", &ApiKey::created_ms),
                   column("last_used_ms", &ApiKey::last_used_ms), column("expires_ms", &ApiKey::expires_ms));
constexpr auto kApiKeyRow =
    store::columns(store::part(&ApiKeyRow::key, kApiKey), store::part(&ApiKeyRow::owner, kPrincipal));
constexpr auto kInsertApiKey = store::insert("id_api_key", kApiKey, "tenant_id", "token_hash");
constexpr auto kLiveKeys =
    sql(" FROM id_api_key k JOIN id_principal p ON p.id = k.principal_id WHERE k.revoked_ms IS NULL AND ");
constexpr auto kApiKeyByHash = sql("SELECT ", kApiKeyRow, kLiveKeys, "k.token_hash = ?1");
constexpr auto kLiveApiKey = sql("SELECT ", kApiKeyRow, kLiveKeys, "k.id = ?1");
constexpr auto kApiKeys =
    sql("SELECT ", kApiKey, kLiveKeys, "k.tenant_id = ?1 AND (?2 = 0 OR k.principal_id = ?2) ORDER BY k.id");
constexpr auto kApiKeyById = sql("SELECT ", kApiKey, kLiveKeys, "k.tenant_id = ?1 AND k.id = ?2");
constexpr std::string_view kTouchApiKey = "UPDATE id_api_key SET last_used_ms = ?2 WHERE id = ?1";
constexpr std::string_view kRevokeApiKey = "UPDATE id_api_key SET revoked_ms = ?2 WHERE id = ?1 AND revoked_ms IS NULL";
constexpr std::string_view kRevokeApiKeysOf =
    "UPDATE id_api_key SET revoked_ms = ?2 WHERE principal_id = ?1 AND revoked_ms IS NULL";

}  // namespace

std::int64_t next_id(store::Tx& tx, std::string_view counter) {
  auto rows = tx.query(kNextId, counter);
  if (!rows.next()) throw store::SqlError("no counter named " + std::string(counter), false);
  const auto id = rows.take<std::int64_t>();
  while (rows.next()) {
  }
  return id;
}

void insert_principal(store::Tx& tx, const Principal& p) { store::run_insert(tx, kInsertPrincipal, kPrincipal, p); }

std::optional<Principal> principal_by_id(store::Connection& c, std::int64_t tenant_id, std::int64_t id) {
  return store::one(c.query(kPrincipalById, tenant_id, id), kPrincipal);
}

std::optional<Principal> principal_by_user(store::Connection& c, std::string_view user_id) {
  return store::one(c.query(kPrincipalByUser, user_id), kPrincipal);
}

std::optional<Principal> service_by_name(store::Connection& c, std::int64_t tenant_id, std::string_view name) {
  return store::one(c.query(kServiceByName, tenant_id, name), kPrincipal);
}

void update_role(store::Tx& tx, std::int64_t id, net::route::Role role) {
  tx.run(kUpdateRole, id, static_cast<std::int64_t>(role));
}

void update_disabled(store::Tx& tx, std::int64_t id, std::optional<base::UnixMs> at) {
  tx.run(kUpdateDisabled, id, at);
}

void update_suspended(store::Tx& tx, std::int64_t id, bool suspended) {
  tx.run("UPDATE id_principal SET suspended = ?2 WHERE id = ?1", id, suspended);
}

std::vector<std::string> users_of_tenant(store::Connection& c, std::int64_t tenant_id, std::int64_t limit) {
  return store::values<std::string>(c.query(kUsersOfTenant, tenant_id, limit));
}

std::vector<std::string> users_with_role(store::Connection& c, std::int64_t tenant_id, net::route::Role role) {
  return store::values<std::string>(c.query(kUsersWithRole, tenant_id, static_cast<std::int64_t>(role)));
}

std::vector<Tenant> tenants(store::Connection& c) { return store::all(c.query(kTenants), kTenant); }

void insert_tenant(store::Tx& tx, const Tenant& tenant) {
  tx.run(kInsertTenant, tenant.id, tenant.name, tenant.created_ms);
}
void rename_tenant(store::Tx& tx, std::int64_t id, std::string_view name) { tx.run(kRenameTenant, id, name); }
void move_principal(store::Tx& tx, std::int64_t principal_id, std::int64_t tenant_id) {
  tx.run(kMovePrincipal, principal_id, tenant_id);
  tx.run(kMoveKeys, principal_id, tenant_id);
}

std::vector<SessionOfPrincipal> sessions_of(store::Connection& c, std::int64_t principal_id) {
  return store::all(c.query(kSessionsOf, principal_id), kOwnSession);
}

bool delete_session_by_id(store::Tx& tx, std::int64_t principal_id, std::int64_t session_id) {
  return tx.run(kDeleteSessionById, principal_id, session_id) == 1;
}

void insert_session(store::Tx& tx, std::string_view token_hash, const SessionRow& session, std::string_view address,
                    std::string_view user_agent) {
  tx.run(kInsertSession, session.id, session.principal.tenant_id, store::Value::blob(token_hash), session.principal.id,
         session.created_ms, session.last_seen_ms, session.expires_ms, address, user_agent);
}

void put_session_origin(store::Tx& tx, std::int64_t session_id, const SessionOrigin& origin) {
  tx.run(kPutSessionOrigin, session_id, origin.provider, origin.subject, origin.sid);
}

std::int64_t delete_sessions_from(store::Tx& tx, const SessionOrigin& ended) {
  const auto most = static_cast<std::int64_t>(store::kPiece);
  if (!ended.subject.empty()) return tx.run(kDeleteOfSubject, ended.provider, ended.subject, ended.sid, most);
  return ended.sid.empty() ? 0 : tx.run(kDeleteOfSid, ended.provider, ended.sid, most);
}

std::optional<SessionRow> session_by_hash(store::Connection& c, std::string_view token_hash) {
  return store::one(c.query(kSessionByHash, store::Value::blob(token_hash)), kSession);
}

std::optional<SessionRow> session_by_id(store::Connection& c, std::int64_t id) {
  return store::one(c.query(kSessionById, id), kSession);
}

void touch_session(store::Tx& tx, std::int64_t id, base::UnixMs now) { tx.run(kTouchSession, id, now); }

void delete_session(store::Tx& tx, std::string_view token_hash) {
  tx.run(kDeleteSession, store::Value::blob(token_hash));
}

void delete_sessions_of(store::Tx& tx, std::int64_t principal_id) { tx.run(kDeleteSessionsOf, principal_id); }

std::int64_t delete_old_sessions(store::Tx& tx, base::UnixMs now, base::UnixMs idle_before) {
  return tx.run(kDeleteOldSessions, now, idle_before, static_cast<std::int64_t>(store::kPiece));
}

std::int64_t delete_ended_keys(store::Tx& tx, base::UnixMs before) {
  return tx.run(kDeleteEndedKeys, before, static_cast<std::int64_t>(store::kPiece));
}

void insert_api_key(store::Tx& tx, std::string_view token_hash, const ApiKey& key, std::int64_t tenant_id) {
  store::run_insert(tx, kInsertApiKey, kApiKey, key, tenant_id, store::Value::blob(token_hash));
}

std::optional<ApiKeyRow> api_key_by_hash(store::Connection& c, std::string_view token_hash) {
  return store::one(c.query(kApiKeyByHash, store::Value::blob(token_hash)), kApiKeyRow);
}

std::optional<ApiKeyRow> live_api_key(store::Connection& c, std::int64_t id) {
  return store::one(c.query(kLiveApiKey, id), kApiKeyRow);
}

std::vector<ApiKey> api_keys(store::Connection& c, std::int64_t tenant_id, std::int64_t principal_id) {
  return store::all(c.query(kApiKeys, tenant_id, principal_id), kApiKey);
}

std::optional<ApiKey> api_key_by_id(store::Connection& c, std::int64_t tenant_id, std::int64_t id) {
  return store::one(c.query(kApiKeyById, tenant_id, id), kApiKey);
}

void touch_api_key(store::Tx& tx, std::int64_t id, base::UnixMs now) { tx.run(kTouchApiKey, id, now); }
void revoke_api_key(store::Tx& tx, std::int64_t id, base::UnixMs now) { tx.run(kRevokeApiKey, id, now); }
void revoke_api_keys_of(store::Tx& tx, std::int64_t principal_id, base::UnixMs now) {
  tx.run(kRevokeApiKeysOf, principal_id, now);
}

}  // namespace troupe::identity
