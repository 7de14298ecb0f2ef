#include "homeserver/accounts/sso_store.h"

#include "store/words.h"

namespace troupe::homeserver::accounts::sso_store {
namespace {

using namespace store::words;

constexpr auto kSsoSession =
    store::columns(column("user_id", &SsoSession::user_id), column("device_id", &SsoSession::device_id),
                   column("provider", &SsoSession::origin, &SsoOrigin::provider),
                   column("external_id", &SsoSession::origin, &SsoOrigin::external_id),
                   column("sid", &SsoSession::origin, &SsoOrigin::sid));
constexpr auto kInsertSsoSession = store::insert("hs_sso_session", kSsoSession);
constexpr auto kFindSsoSession =
    sql("SELECT ", kSsoSession, " FROM hs_sso_session WHERE user_id = ?1 AND device_id = ?2");
constexpr auto kOfPerson = sql("SELECT ", kSsoSession,
                               " FROM hs_sso_session WHERE provider = ?1 AND external_id = ?2 AND (?3 = '' OR sid = ?3)"
                               " LIMIT ?4");
constexpr auto kOfSid = sql("SELECT ", kSsoSession, " FROM hs_sso_session WHERE provider = ?1 AND sid = ?2 LIMIT ?3");

// By their end, which is indexed: what has ended is redeemed by nobody, and the rest is of minutes.
constexpr std::string_view kEndLoginTokens =
    "DELETE FROM hs_login_token WHERE expires_ms > ?1 AND provider = ?2 AND (?3 = '' OR external_id = ?3) AND "
    "(?4 = '' OR sid = ?4)";
constexpr std::string_view kEndBrowsers =
    "DELETE FROM hs_oauth_browser WHERE ends_ms > ?1 AND provider = ?2 AND (?3 = '' OR external_id = ?3) AND "
    "(?4 = '' OR sid = ?4)";
constexpr std::string_view kEndSsoCodes =
    "DELETE FROM hs_oauth_code WHERE ends_ms > ?1 AND provider = ?2 AND (?3 = '' OR external_id = ?3) AND "
    "(?4 = '' OR sid = ?4) AND used = 0";
constexpr std::string_view kEndSsoLinks =
    "DELETE FROM hs_oauth_link WHERE ends_ms > ?1 AND provider = ?2 AND (?3 = '' OR external_id = ?3) AND "
    "(?4 = '' OR sid = ?4) AND state = 1";  // allowed

}  // namespace

void put_session(Tx& tx, const SsoSession& session) {
  forget_session(tx, session.user_id, session.device_id);
  store::run_insert(tx, kInsertSsoSession, kSsoSession, session);
}

SsoOrigin origin_of(Connection& connection, std::string_view user_id, std::string_view device_id) {
  auto found = store::one(connection.query(kFindSsoSession, user_id, device_id), kSsoSession);
  return found ? std::move(found->origin) : SsoOrigin();
}

void forget_session(Tx& tx, std::string_view user_id, std::string_view device_id) {
  tx.run("DELETE FROM hs_sso_session WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
}

std::vector<SsoSession> sessions_of(Connection& connection, const SsoOrigin& ended, std::int64_t limit) {
  if (ended.external_id.empty())
    return store::all(connection.query(kOfSid, ended.provider, ended.sid, limit), kSsoSession);
  return store::all(connection.query(kOfPerson, ended.provider, ended.external_id, ended.sid, limit), kSsoSession);
}

void end_unredeemed(Tx& tx, const SsoOrigin& ended, std::int64_t now_ms) {
  for (const auto end : {kEndLoginTokens, kEndBrowsers, kEndSsoCodes, kEndSsoLinks})
    tx.run(end, now_ms, ended.provider, ended.external_id, ended.sid);
}

}  // namespace troupe::homeserver::accounts::sso_store
