#include "identity/identity_store.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "store/in_pieces.h"

namespace troupe::identity {
namespace {

constexpr std::string_view kNextId = "UPDATE id_counter SET last = last + 1 WHERE name = ?1 RETURNING last";

#define PRINCIPAL_COLUMNS(p) \
  p ".id, " p ".tenant_id, " p ".kind, " p ".user_id, " p ".name, " p ".role, " p ".disabled_ms, " p ".created_ms"

constexpr std::string_view kInsertPrincipal =
    "INSERT INTO id_principal (id, tenant_id, kind, user_id, name, role, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
    "?7)";
constexpr std::string_view kPrincipalById =
    "SELECT " PRINCIPAL_COLUMNS("p") " FROM id_principal p WHERE p.id = ?2 AND p.tenant_id = ?1";
constexpr std::string_view kPrincipalByUser =
    "SELECT " PRINCIPAL_COLUMNS("p") " FROM id_principal p WHERE p.user_id = ?1";
constexpr std::string_view kServiceByName = "SELECT " PRINCIPAL_COLUMNS(
    "p") " FROM id_principal p WHERE p.kind = 'service' AND p.tenant_id = ?1 AND p.name = ?2";
constexpr std::string_view kUpdateRole = "UPDATE id_principal SET role = ?2 WHERE id = ?1";
constexpr std::string_view kUsersWithRole =
    "SELECT user_id FROM id_principal WHERE tenant_id = ?1 AND role = ?2 AND user_id IS NOT NULL";
constexpr std::string_view kTenants =
    // The default tenant came with the first start, as the first principals did.
    "SELECT t.id, t.name, CASE WHEN t.created_ms > 0 THEN t.created_ms ELSE (SELECT COALESCE(MIN(p.created_ms), 0) "
    "FROM "
    "id_principal p) END, (SELECT COUNT(*) FROM id_principal p WHERE p.tenant_id = t.id AND p.user_id IS NOT NULL) "
    "FROM id_tenant t ORDER BY t.id";
constexpr std::string_view kInsertTenant = "INSERT INTO id_tenant (id, name, created_ms) VALUES (?1, ?2, ?3)";
constexpr std::string_view kRenameTenant = "UPDATE id_tenant SET name = ?2 WHERE id = ?1";
constexpr std::string_view kMovePrincipal = "UPDATE id_principal SET tenant_id = ?2 WHERE id = ?1";
constexpr std::string_view kMoveKeys = "UPDATE id_api_key SET tenant_id = ?2 WHERE principal_id = ?1";
constexpr std::string_view kUpdateDisabled = "UPDATE id_principal SET disabled_ms = ?2 WHERE id = ?1";

constexpr std::string_view kInsertSession =
    "INSERT INTO id_session (id, tenant_id, token_hash, principal_id, created_ms, last_seen_ms, expires_ms, "
    "remote_address, user_agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
#define SESSION_WITH_PRINCIPAL                                                   \
  "SELECT s.id, s.created_ms, s.last_seen_ms, s.expires_ms, " PRINCIPAL_COLUMNS( \
      "p") " FROM id_session s JOIN id_principal p ON p.id = s.principal_id "
constexpr std::string_view kSessionByHash = SESSION_WITH_PRINCIPAL "WHERE s.token_hash = ?1";
constexpr std::string_view kSessionById = SESSION_WITH_PRINCIPAL "WHERE s.id = ?1";
constexpr std::string_view kTouchSession = "UPDATE id_session SET last_seen_ms = ?2 WHERE id = ?1";
constexpr std::string_view kDeleteSession = "DELETE FROM id_session WHERE token_hash = ?1";
constexpr std::string_view kDeleteSessionsOf = "DELETE FROM id_session WHERE principal_id = ?1";
constexpr std::string_view kSessionsOf =
    "SELECT id, created_ms, last_seen_ms, remote_address, user_agent FROM id_session WHERE principal_id = ?1 "
    "ORDER BY last_seen_ms DESC, id DESC";
constexpr std::string_view kDeleteSessionById = "DELETE FROM id_session WHERE principal_id = ?1 AND id = ?2";
constexpr std::string_view kDeleteOldSessions =
    "DELETE FROM id_session WHERE id IN "
    "(SELECT id FROM id_session WHERE expires_ms <= ?1 OR last_seen_ms < ?2 LIMIT ?3)";
constexpr std::string_view kDeleteOldAudit =
    "DELETE FROM id_audit WHERE id IN (SELECT id FROM id_audit WHERE at_ms < ?1 LIMIT ?2)";
constexpr std::string_view kDeleteEndedKeys =
    "DELETE FROM id_api_key WHERE id IN (SELECT id FROM id_api_key WHERE revoked_ms < ?1 OR expires_ms < ?1 LIMIT ?2)";

#define API_KEY_COLUMNS                                                                                   \
  "k.id, k.principal_id, COALESCE(p.user_id, p.name), k.name, k.prefix, k.role, k.scopes, k.created_ms, " \
  "k.last_used_ms, k.expires_ms"
constexpr int kApiKeyColumns = 10;

constexpr std::string_view kInsertApiKey =
    "INSERT INTO id_api_key (id, tenant_id, token_hash, principal_id, name, prefix, role, scopes, created_ms, "
    "expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
#define API_KEY_WITH_OWNER  \
  "SELECT " API_KEY_COLUMNS \
  ", " PRINCIPAL_COLUMNS("p") " FROM id_api_key k JOIN id_principal p ON p.id = k.principal_id "
constexpr std::string_view kApiKeyByHash = API_KEY_WITH_OWNER "WHERE k.token_hash = ?1 AND k.revoked_ms IS NULL";
constexpr std::string_view kLiveApiKey = API_KEY_WITH_OWNER "WHERE k.id = ?1 AND k.revoked_ms IS NULL";
constexpr std::string_view kApiKeys =
    "SELECT " API_KEY_COLUMNS
    " FROM id_api_key k JOIN id_principal p ON p.id = k.principal_id "
    "WHERE k.tenant_id = ?1 AND (?2 = 0 OR k.principal_id = ?2) AND k.revoked_ms IS NULL ORDER BY k.id";
constexpr std::string_view kApiKeyById = "SELECT " API_KEY_COLUMNS
                                         " FROM id_api_key k JOIN id_principal p ON p.id = k.principal_id "
                                         "WHERE k.tenant_id = ?1 AND k.id = ?2 AND k.revoked_ms IS NULL";
constexpr std::string_view kTouchApiKey = "UPDATE id_api_key SET last_used_ms = ?2 WHERE id = ?1";
constexpr std::string_view kRevokeApiKey = "UPDATE id_api_key SET revoked_ms = ?2 WHERE id = ?1 AND revoked_ms IS NULL";
constexpr std::string_view kRevokeApiKeysOf =
    "UPDATE id_api_key SET revoked_ms = ?2 WHERE principal_id = ?1 AND revoked_ms IS NULL";

constexpr std::string_view kInsertAudit =
    "INSERT INTO id_audit (id, tenant_id, at_ms, actor_id, actor, action, target, detail, request_id) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
// strpos-like search that both databases know: replace() changes the text exactly when the part is in it.
#define AUDIT_MATCH                                                                                    \
  "tenant_id = ?1 AND (?2 = '' OR REPLACE(LOWER(actor || ' ' || action || ' ' || target), ?2, '') <> " \
  "LOWER(actor || ' ' || action || ' ' || target)) AND (?3 = '' OR actor = ?3) "                       \
  "AND (?4 = '' OR action = ?4 OR action LIKE ?5 ESCAPE '\\') AND (?6 = '' OR target = ?6) "           \
  "AND at_ms >= ?7 AND at_ms < ?8"
constexpr std::string_view kAuditPage =
    "SELECT id, tenant_id, at_ms, actor_id, actor, action, target, detail, request_id FROM id_audit WHERE " AUDIT_MATCH
    " ORDER BY id DESC LIMIT ?10 OFFSET ?9";
constexpr std::string_view kAuditCount = "SELECT COUNT(*) FROM id_audit WHERE " AUDIT_MATCH;

net::Role role_of(std::int64_t stored) { return static_cast<net::Role>(std::clamp<std::int64_t>(stored, 0, 2)); }

Principal read_principal(const store::Rows& rows, int at) {
  return {.id = rows.integer(at),
          .tenant_id = rows.integer(at + 1),
          .kind = parse_kind(rows.text(at + 2)).value_or(PrincipalKind::person),
          .user_id = rows.optional_string(at + 3).value_or(""),
          .name = rows.string(at + 4),
          .role = role_of(rows.integer(at + 5)),
          .disabled_ms = rows.optional_integer(at + 6),
          .created_ms = rows.integer(at + 7)};
}

std::optional<Principal> first_principal(store::Rows rows) {
  if (!rows.next()) return std::nullopt;
  return read_principal(rows, 0);
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    auto end = text.find(' ');
    if (end != 0) words.emplace_back(text.substr(0, end));
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
  }
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string joined;
  for (const auto& word : words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

ApiKey read_api_key(const store::Rows& rows) {
  return {.id = rows.integer(0),
          .principal_id = rows.integer(1),
          .owner = rows.string(2),
          .name = rows.string(3),
          .prefix = rows.string(4),
          .role = role_of(rows.integer(5)),
          .scopes = split_words(rows.text(6)),
          .created_ms = rows.integer(7),
          .last_used_ms = rows.optional_integer(8),
          .expires_ms = rows.optional_integer(9)};
}

std::optional<SessionRow> first_session(store::Rows rows) {
  if (!rows.next()) return std::nullopt;
  return SessionRow{.id = rows.integer(0),
                    .created_ms = rows.integer(1),
                    .last_seen_ms = rows.integer(2),
                    .expires_ms = rows.integer(3),
                    .principal = read_principal(rows, 4)};
}

std::optional<ApiKeyRow> first_api_key(store::Rows rows) {
  if (!rows.next()) return std::nullopt;
  return ApiKeyRow{.key = read_api_key(rows), .owner = read_principal(rows, kApiKeyColumns)};
}

}  // namespace

std::int64_t next_id(store::Tx& tx, std::string_view counter) {
  auto rows = tx.query(kNextId, counter);
  if (!rows.next()) throw store::SqlError("no counter named " + std::string(counter), false);
  auto id = rows.integer(0);
  while (rows.next()) {
  }
  return id;
}

void insert_principal(store::Tx& tx, const Principal& p) {
  std::optional<std::string> user_id;
  if (!p.user_id.empty()) user_id = p.user_id;
  tx.run(kInsertPrincipal, p.id, p.tenant_id, to_string(p.kind), user_id, p.name, static_cast<std::int64_t>(p.role),
         p.created_ms);
}

std::optional<Principal> principal_by_id(store::Connection& c, std::int64_t tenant_id, std::int64_t id) {
  return first_principal(c.query(kPrincipalById, tenant_id, id));
}

std::optional<Principal> principal_by_user(store::Connection& c, std::string_view user_id) {
  return first_principal(c.query(kPrincipalByUser, user_id));
}

std::optional<Principal> service_by_name(store::Connection& c, std::int64_t tenant_id, std::string_view name) {
  return first_principal(c.query(kServiceByName, tenant_id, name));
}

void update_role(store::Tx& tx, std::int64_t id, net::Role role) {
  tx.run(kUpdateRole, id, static_cast<std::int64_t>(role));
}

void update_disabled(store::Tx& tx, std::int64_t id, std::optional<base::UnixMs> at) {
  tx.run(kUpdateDisabled, id, at);
}

std::vector<std::string> users_with_role(store::Connection& c, std::int64_t tenant_id, net::Role role) {
  std::vector<std::string> found;
  auto rows = c.query(kUsersWithRole, tenant_id, static_cast<std::int64_t>(role));
  while (rows.next()) found.push_back(rows.string(0));
  return found;
}

std::vector<Tenant> tenants(store::Connection& c) {
  std::vector<Tenant> found;
  auto rows = c.query(kTenants);
  while (rows.next()) {
    found.push_back(
        {.id = rows.integer(0), .name = rows.string(1), .principals = rows.integer(3), .created_ms = rows.integer(2)});
  }
  return found;
}

void insert_tenant(store::Tx& tx, const Tenant& tenant) {
  tx.run(kInsertTenant, tenant.id, tenant.name, tenant.created_ms);
}
void rename_tenant(store::Tx& tx, std::int64_t id, std::string_view name) { tx.run(kRenameTenant, id, name); }
void move_principal(store::Tx& tx, std::int64_t principal_id, std::int64_t tenant_id) {
  tx.run(kMovePrincipal, principal_id, tenant_id);
  tx.run(kMoveKeys, principal_id, tenant_id);
}

std::vector<SessionOfPrincipal> sessions_of(store::Connection& c, std::int64_t principal_id) {
  std::vector<SessionOfPrincipal> found;
  auto rows = c.query(kSessionsOf, principal_id);
  while (rows.next()) {
    found.push_back({.id = rows.integer(0),
                     .created_ms = rows.integer(1),
                     .last_seen_ms = rows.integer(2),
                     .remote_address = rows.string(3),
                     .user_agent = rows.string(4)});
  }
  return found;
}

bool delete_session_by_id(store::Tx& tx, std::int64_t principal_id, std::int64_t session_id) {
  return tx.run(kDeleteSessionById, principal_id, session_id) == 1;
}

void insert_session(store::Tx& tx, std::string_view token_hash, const SessionRow& session, std::string_view address,
                    std::string_view user_agent) {
  tx.run(kInsertSession, session.id, session.principal.tenant_id, store::Value::blob(token_hash), session.principal.id,
         session.created_ms, session.last_seen_ms, session.expires_ms, address, user_agent);
}

std::optional<SessionRow> session_by_hash(store::Connection& c, std::string_view token_hash) {
  return first_session(c.query(kSessionByHash, store::Value::blob(token_hash)));
}

std::optional<SessionRow> session_by_id(store::Connection& c, std::int64_t id) {
  return first_session(c.query(kSessionById, id));
}

void touch_session(store::Tx& tx, std::int64_t id, base::UnixMs now) { tx.run(kTouchSession, id, now); }

void delete_session(store::Tx& tx, std::string_view token_hash) {
  tx.run(kDeleteSession, store::Value::blob(token_hash));
}

void delete_sessions_of(store::Tx& tx, std::int64_t principal_id) { tx.run(kDeleteSessionsOf, principal_id); }

std::int64_t delete_old_sessions(store::Tx& tx, base::UnixMs now, base::UnixMs idle_before) {
  return tx.run(kDeleteOldSessions, now, idle_before, static_cast<std::int64_t>(store::kPiece));
}

std::int64_t delete_old_audit(store::Tx& tx, base::UnixMs before) {
  return tx.run(kDeleteOldAudit, before, static_cast<std::int64_t>(store::kPiece));
}

std::int64_t delete_ended_keys(store::Tx& tx, base::UnixMs before) {
  return tx.run(kDeleteEndedKeys, before, static_cast<std::int64_t>(store::kPiece));
}

void insert_api_key(store::Tx& tx, std::string_view token_hash, const ApiKey& key, std::int64_t tenant_id) {
  tx.run(kInsertApiKey, key.id, tenant_id, store::Value::blob(token_hash), key.principal_id, key.name, key.prefix,
         static_cast<std::int64_t>(key.role), join_words(key.scopes), key.created_ms, key.expires_ms);
}

std::optional<ApiKeyRow> api_key_by_hash(store::Connection& c, std::string_view token_hash) {
  return first_api_key(c.query(kApiKeyByHash, store::Value::blob(token_hash)));
}

std::optional<ApiKeyRow> live_api_key(store::Connection& c, std::int64_t id) {
  return first_api_key(c.query(kLiveApiKey, id));
}

std::vector<ApiKey> api_keys(store::Connection& c, std::int64_t tenant_id, std::int64_t principal_id) {
  std::vector<ApiKey> keys;
  auto rows = c.query(kApiKeys, tenant_id, principal_id);
  while (rows.next()) keys.push_back(read_api_key(rows));
  return keys;
}

std::optional<ApiKey> api_key_by_id(store::Connection& c, std::int64_t tenant_id, std::int64_t id) {
  auto rows = c.query(kApiKeyById, tenant_id, id);
  if (!rows.next()) return std::nullopt;
  return read_api_key(rows);
}

void touch_api_key(store::Tx& tx, std::int64_t id, base::UnixMs now) { tx.run(kTouchApiKey, id, now); }
void revoke_api_key(store::Tx& tx, std::int64_t id, base::UnixMs now) { tx.run(kRevokeApiKey, id, now); }
void revoke_api_keys_of(store::Tx& tx, std::int64_t principal_id, base::UnixMs now) {
  tx.run(kRevokeApiKeysOf, principal_id, now);
}

void insert_audit(store::Tx& tx, const AuditRecord& record) {
  tx.run(kInsertAudit, record.id, record.tenant_id, record.at_ms,
         record.actor_id == 0 ? std::nullopt : std::optional(record.actor_id), record.actor, record.action,
         record.target, boost::json::serialize(record.detail), record.request_id);
}

AuditPage audit_page(store::Connection& c, std::int64_t tenant_id, const AuditQuery& query) {
  std::string search = query.search;
  std::ranges::transform(search, search.begin(), [](char ch) { return ch >= 'A' && ch <= 'Z' ? char(ch | 0x20) : ch; });
  // "user" finds "user.create", too.
  std::string family;
  for (char ch : query.action) {
    if (ch == '%' || ch == '_' || ch == '\\') family += '\\';
    family += ch;
  }
  family += ".%";
  AuditPage page;
  {
    auto rows = c.query(kAuditPage, tenant_id, search, query.actor, query.action, family, query.target, query.since_ms,
                        query.until_ms, query.from, query.limit);
    while (rows.next()) {
      boost::system::error_code ec;
      auto detail = boost::json::parse(rows.text(7), ec);
      page.items.push_back({.id = rows.integer(0),
                            .tenant_id = rows.integer(1),
                            .at_ms = rows.integer(2),
                            .actor_id = rows.optional_integer(3).value_or(0),
                            .actor = rows.string(4),
                            .action = rows.string(5),
                            .target = rows.string(6),
                            .detail = detail.is_object() ? detail.get_object() : boost::json::object(),
                            .request_id = rows.string(8)});
    }
  }
  auto rows = c.query(kAuditCount, tenant_id, search, query.actor, query.action, family, query.target, query.since_ms,
                      query.until_ms);
  if (rows.next()) page.total = rows.integer(0);
  return page;
}

}  // namespace troupe::identity
