#include "homeserver/accounts/delegated_store.h"

#include "store/words.h"

namespace troupe::homeserver::accounts::delegated_store {
namespace {

using namespace store::words;

constexpr auto kDelegatedSession = store::columns(
    column("user_id", &DelegatedSession::user_id), column("device_id", &DelegatedSession::device_id),
    column("client_id", &DelegatedSession::client_id), column("scope", &DelegatedSession::scope),
    column<store::Bytes>("grant_hash", &DelegatedSession::grant_hash), column("made_ms", &DelegatedSession::made_ms));
constexpr auto kInsertSession = store::insert("hs_oauth_session", kDelegatedSession);
constexpr auto kFindDelegated =
    sql("SELECT ", kDelegatedSession, " FROM hs_oauth_session WHERE user_id = ?1 AND device_id = ?2");

constexpr auto kSpent =
    store::columns(column<store::Bytes>("token_hash", &SpentToken::token_hash), column("user_id", &SpentToken::user_id),
                   column("device_id", &SpentToken::device_id), column("served", &SpentToken::served),
                   column("made_ms", &SpentToken::made_ms));
constexpr auto kInsertSpent = sql(store::insert("hs_oauth_spent", kSpent),
                                  " ON CONFLICT (token_hash) DO UPDATE SET served = hs_oauth_spent.served + 1");
constexpr auto kFindSpent = sql("SELECT ", kSpent, " FROM hs_oauth_spent WHERE token_hash = ?1");

// By their end, which is indexed: what has ended is redeemed by nobody, and the rest is of minutes.
constexpr std::string_view kEndCodes = "DELETE FROM hs_oauth_code WHERE ends_ms > ?2 AND user_id = ?1 AND used = 0";
constexpr std::string_view kEndLinks =
    "DELETE FROM hs_oauth_link WHERE ends_ms > ?2 AND user_id = ?1 AND state = 1";  // allowed

}  // namespace

void put_session(Tx& tx, const DelegatedSession& session) {
  forget_session(tx, session.user_id, session.device_id);
  store::run_insert(tx, kInsertSession, kDelegatedSession, session);
}

std::optional<DelegatedSession> find_session(Connection& connection, std::string_view user_id,
                                             std::string_view device_id) {
  return store::one(connection.query(kFindDelegated, user_id, device_id), kDelegatedSession);
}

void forget_session(Tx& tx, std::string_view user_id, std::string_view device_id) {
  tx.run("DELETE FROM hs_oauth_spent WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run("DELETE FROM hs_oauth_session WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
}

std::optional<SpentToken> find_spent(Connection& connection, std::string_view token_hash) {
  return store::one(connection.query(kFindSpent, Value::blob(token_hash)), kSpent);
}

void count_spent(Tx& tx, const SpentToken& token) {
  store::run_insert(tx, kInsertSpent, kSpent, token);
  tx.run(
      "DELETE FROM hs_oauth_spent WHERE user_id = ?1 AND device_id = ?2 AND made_ms < (SELECT made_ms "
      "FROM hs_oauth_spent WHERE user_id = ?1 AND device_id = ?2 ORDER BY made_ms DESC LIMIT 1 OFFSET ?3) "
      "AND token_hash <> ?4",  // the clock may have been set back
      token.user_id, token.device_id, kMaxSpentOfDevice, Value::blob(token.token_hash));
}

void allow_reset(Tx& tx, std::string_view user_id, std::int64_t ends_ms) {
  tx.run(
      "INSERT INTO hs_oauth_reset (user_id, ends_ms) VALUES (?1, ?2) ON CONFLICT (user_id) DO UPDATE "
      "SET ends_ms = ?2",
      user_id, ends_ms);
}
bool reset_is_allowed(Connection& connection, std::string_view user_id, std::int64_t now_ms) {
  return store::any(
      connection.query("SELECT 1 FROM hs_oauth_reset WHERE user_id = ?1 AND ends_ms > ?2", user_id, now_ms));
}
void end_reset(Tx& tx, std::string_view user_id) { tx.run("DELETE FROM hs_oauth_reset WHERE user_id = ?1", user_id); }
void delete_ended_resets(Tx& tx, std::int64_t now_ms) {
  tx.run("DELETE FROM hs_oauth_reset WHERE ends_ms <= ?1", now_ms);
}

void end_grants(Tx& tx, std::string_view user_id, std::int64_t now_ms) {
  tx.run(kEndCodes, user_id, now_ms);
  tx.run(kEndLinks, user_id, now_ms);
  tx.run("DELETE FROM hs_oauth_browser WHERE ends_ms > ?2 AND user_id = ?1", user_id, now_ms);
  end_reset(tx, user_id);
}

}  // namespace troupe::homeserver::accounts::delegated_store
