#include "homeserver/accounts/registration_token_store.h"

#include "store/words.h"

namespace troupe::homeserver::accounts::registration_token_store {
namespace {

using namespace store::words;

constexpr auto kRegistrationToken = store::columns(
    column("token", &RegistrationToken::token), column("uses_allowed", &RegistrationToken::uses_allowed),
    column("completed", &RegistrationToken::completed), column("expires_ms", &RegistrationToken::expires_ms),
    column("made_ms", &RegistrationToken::made_ms));
constexpr auto kSelect = sql("SELECT ", kRegistrationToken, " FROM hs_registration_token ");
constexpr auto kFindToken = sql(kSelect, "WHERE token = ?1");
// All, those that can be used, those that cannot.
constexpr auto kListTokens =
    sql(kSelect,
        "WHERE ?1 = -1 OR ?1 = CASE WHEN (uses_allowed IS NULL OR completed < uses_allowed) "
        "AND (expires_ms IS NULL OR expires_ms > ?2) THEN 1 ELSE 0 END ORDER BY made_ms, token");
constexpr auto kInsertRegistrationToken =
    sql(store::insert("hs_registration_token", kRegistrationToken), " ON CONFLICT (token) DO NOTHING");

}  // namespace

std::optional<RegistrationToken> find(store::Connection& connection, std::string_view token) {
  return store::one(connection.query(kFindToken, token), kRegistrationToken);
}

std::vector<RegistrationToken> list(store::Connection& connection, std::optional<bool> valid, std::int64_t now_ms) {
  const std::int64_t wanted = valid ? std::int64_t{*valid} : -1;
  return store::all(connection.query(kListTokens, wanted, now_ms), kRegistrationToken);
}

std::size_t count(store::Connection& connection) {
  return static_cast<std::size_t>(store::number(connection.query("SELECT count(*) FROM hs_registration_token")));
}

bool insert(store::Tx& tx, const RegistrationToken& token) {
  return store::run_insert(tx, kInsertRegistrationToken, kRegistrationToken, token) == 1;
}

bool change(store::Tx& tx, const RegistrationToken& token) {
  return tx.run("UPDATE hs_registration_token SET uses_allowed = ?2, expires_ms = ?3 WHERE token = ?1", token.token,
                token.uses_allowed, token.expires_ms) == 1;
}

bool remove(store::Tx& tx, std::string_view token) {
  return tx.run("DELETE FROM hs_registration_token WHERE token = ?1", token) == 1;
}

bool use(store::Tx& tx, std::string_view token, std::int64_t now_ms) {
  return tx.run(
             "UPDATE hs_registration_token SET completed = completed + 1 WHERE token = ?1 "
             "AND (uses_allowed IS NULL OR completed < uses_allowed) AND (expires_ms IS NULL OR expires_ms > ?2)",
             token, now_ms) == 1;
}

}  // namespace troupe::homeserver::accounts::registration_token_store
