#include "homeserver/oauth/oauth_store.h"

#include "store/words.h"

namespace troupe::homeserver::oauth::oauth_store {
namespace {

using namespace store::words;

constexpr auto kCode =
    store::columns(column<store::Bytes>("code_hash", &CodeRow::code_hash), column("client_id", &CodeRow::client_id),
                   column("redirect_uri", &CodeRow::redirect_uri), column("challenge", &CodeRow::challenge),
                   column("scope", &CodeRow::scope), column("nonce", &CodeRow::nonce),
                   column("user_id", &CodeRow::user_id), column("device_id", &CodeRow::device_id),
                   column("made_ms", &CodeRow::made_ms), column("ends_ms", &CodeRow::ends_ms),
                   column("used", &CodeRow::used), column("provider", &CodeRow::origin, &accounts::SsoOrigin::provider),
                   column("external_id", &CodeRow::origin, &accounts::SsoOrigin::external_id),
                   column("sid", &CodeRow::origin, &accounts::SsoOrigin::sid));
constexpr auto kInsertCode = store::insert("hs_oauth_code", kCode);
constexpr auto kFindCode = sql("SELECT ", kCode, " FROM hs_oauth_code WHERE code_hash = ?1");

constexpr auto kLink = store::columns(
    column<store::Bytes>("code_hash", &LinkRow::code_hash), column("user_code", &LinkRow::user_code),
    column("client_id", &LinkRow::client_id), column("scope", &LinkRow::scope),
    column("device_id", &LinkRow::device_id), column("made_ms", &LinkRow::made_ms),
    column("ends_ms", &LinkRow::ends_ms), column("asked_ms", &LinkRow::asked_ms), column("state", &LinkRow::state),
    column("user_id", &LinkRow::user_id), column("provider", &LinkRow::origin, &accounts::SsoOrigin::provider),
    column("external_id", &LinkRow::origin, &accounts::SsoOrigin::external_id),
    column("sid", &LinkRow::origin, &accounts::SsoOrigin::sid));
constexpr auto kInsertLink = sql(store::insert("hs_oauth_link", kLink), " ON CONFLICT DO NOTHING");
constexpr auto kFindLink = sql("SELECT ", kLink, " FROM hs_oauth_link WHERE code_hash = ?1");
constexpr auto kFindLinkByUserCode = sql("SELECT ", kLink, " FROM hs_oauth_link WHERE user_code = ?1");

constexpr auto kBrowser = store::columns(
    column<store::Bytes>("token_hash", &BrowserRow::token_hash), column("user_id", &BrowserRow::user_id),
    column<store::Bytes>("password_mark", &BrowserRow::password_mark), column("ends_ms", &BrowserRow::ends_ms),
    column("provider", &BrowserRow::origin, &accounts::SsoOrigin::provider),
    column("external_id", &BrowserRow::origin, &accounts::SsoOrigin::external_id),
    column("sid", &BrowserRow::origin, &accounts::SsoOrigin::sid));
constexpr auto kInsertBrowser = store::insert("hs_oauth_browser", kBrowser);
constexpr auto kFindBrowser = sql("SELECT ", kBrowser, " FROM hs_oauth_browser WHERE token_hash = ?1");

}  // namespace

bool put_client(Tx& tx, std::string_view client_id, std::string_view metadata, std::int64_t now_ms) {
  return tx.run(
             "INSERT INTO hs_oauth_client (client_id, metadata, made_ms) VALUES (?1, ?2, ?3) "
             "ON CONFLICT (client_id) DO NOTHING",
             client_id, metadata, now_ms) == 1;
}
std::optional<std::string> find_client(Connection& connection, std::string_view client_id) {
  return store::value<std::string>(
      connection.query("SELECT metadata FROM hs_oauth_client WHERE client_id = ?1", client_id));
}
std::int64_t count_unused_clients(Connection& connection, std::int64_t at_most) {
  return store::number(connection.query(
      "SELECT count(*) FROM (SELECT 1 FROM hs_oauth_client WHERE used_ms IS NULL LIMIT ?1) AS unused", at_most));
}
void delete_oldest_unused_client(Tx& tx) {
  tx.run(
      "DELETE FROM hs_oauth_client WHERE client_id IN (SELECT client_id FROM hs_oauth_client "
      "WHERE used_ms IS NULL ORDER BY made_ms LIMIT 1)");
}
void note_use(Tx& tx, std::string_view client_id, std::int64_t now_ms) {
  tx.run("UPDATE hs_oauth_client SET used_ms = ?2 WHERE client_id = ?1", client_id, now_ms);
}
std::int64_t delete_old_clients(Tx& tx, std::int64_t unused_ms, std::int64_t used_ms, std::int64_t limit) {
  const auto unused = tx.run(
      "DELETE FROM hs_oauth_client WHERE client_id IN (SELECT client_id FROM hs_oauth_client "
      "WHERE used_ms IS NULL AND made_ms < ?1 LIMIT ?2)",
      unused_ms, limit);
  return unused + tx.run(
                      "DELETE FROM hs_oauth_client WHERE client_id IN (SELECT c.client_id FROM hs_oauth_client c "
                      "WHERE c.used_ms < ?1 AND NOT EXISTS (SELECT 1 FROM hs_oauth_session s "
                      "WHERE s.client_id = c.client_id) LIMIT ?2)",
                      used_ms, limit - unused);
}

void insert_code(Tx& tx, const CodeRow& row) { store::run_insert(tx, kInsertCode, kCode, row); }
std::optional<CodeRow> find_code(Connection& connection, std::string_view code_hash) {
  return store::one(connection.query(kFindCode, Value::blob(code_hash)), kCode);
}
bool use_code(Tx& tx, std::string_view code_hash) {
  return tx.run("UPDATE hs_oauth_code SET used = 1 WHERE code_hash = ?1 AND used = 0", Value::blob(code_hash)) == 1;
}
std::int64_t delete_old_codes(Tx& tx, std::int64_t before_ms, std::int64_t limit) {
  return tx.run(
      "DELETE FROM hs_oauth_code WHERE code_hash IN (SELECT code_hash FROM hs_oauth_code "
      "WHERE ends_ms < ?1 LIMIT ?2)",
      before_ms, limit);
}

bool insert_link(Tx& tx, const LinkRow& row) { return store::run_insert(tx, kInsertLink, kLink, row) == 1; }
std::optional<LinkRow> find_link(Connection& connection, std::string_view code_hash) {
  return store::one(connection.query(kFindLink, Value::blob(code_hash)), kLink);
}
std::optional<LinkRow> find_link_by_user_code(Connection& connection, std::string_view user_code) {
  return store::one(connection.query(kFindLinkByUserCode, user_code), kLink);
}
std::int64_t count_links(Connection& connection, std::int64_t at_most) {
  return store::number(
      connection.query("SELECT count(*) FROM (SELECT 1 FROM hs_oauth_link LIMIT ?1) AS links", at_most));
}
void note_asked(Tx& tx, std::string_view code_hash, std::int64_t now_ms) {
  tx.run("UPDATE hs_oauth_link SET asked_ms = ?2 WHERE code_hash = ?1", Value::blob(code_hash), now_ms);
}
bool move_link(Tx& tx, std::string_view code_hash, LinkState from, LinkState to,
               const std::optional<std::string>& user_id) {
  return tx.run(
             "UPDATE hs_oauth_link SET state = ?3, user_id = coalesce(?4, user_id) WHERE code_hash = ?1 AND state = ?2",
             Value::blob(code_hash), static_cast<std::int64_t>(from), static_cast<std::int64_t>(to), user_id) == 1;
}
std::int64_t delete_old_links(Tx& tx, std::int64_t before_ms, std::int64_t used_ms, std::int64_t limit) {
  return tx.run(
      "DELETE FROM hs_oauth_link WHERE code_hash IN (SELECT code_hash FROM hs_oauth_link WHERE ends_ms < ?1 "
      "AND (state <> 3 OR ends_ms < ?2) LIMIT ?3)",
      before_ms, used_ms, limit);
}

void put_link_origin(Tx& tx, std::string_view code_hash, const accounts::SsoOrigin& origin) {
  tx.run("UPDATE hs_oauth_link SET provider = ?2, external_id = ?3, sid = ?4 WHERE code_hash = ?1",
         Value::blob(code_hash), origin.provider, origin.external_id, origin.sid);
}

void insert_browser(Tx& tx, const BrowserRow& row) { store::run_insert(tx, kInsertBrowser, kBrowser, row); }
std::optional<BrowserRow> find_browser(Connection& connection, std::string_view token_hash) {
  return store::one(connection.query(kFindBrowser, Value::blob(token_hash)), kBrowser);
}
void delete_browser(Tx& tx, std::string_view token_hash) {
  tx.run("DELETE FROM hs_oauth_browser WHERE token_hash = ?1", Value::blob(token_hash));
}
std::int64_t delete_old_browsers(Tx& tx, std::int64_t before_ms, std::int64_t limit) {
  return tx.run(
      "DELETE FROM hs_oauth_browser WHERE token_hash IN (SELECT token_hash FROM hs_oauth_browser "
      "WHERE ends_ms < ?1 LIMIT ?2)",
      before_ms, limit);
}

std::optional<std::string> find_key(Connection& connection) {
  auto rows = connection.query("SELECT seed FROM hs_oauth_key WHERE key = 1");
  if (!rows.next()) return std::nullopt;
  std::string seed;
  rows >> store::blob(seed);
  return seed;
}
void put_key(Tx& tx, std::string_view seed) {
  tx.run("INSERT INTO hs_oauth_key (key, seed) VALUES (1, ?1) ON CONFLICT (key) DO UPDATE SET seed = ?1",
         Value::blob(seed));
}

}  // namespace troupe::homeserver::oauth::oauth_store
