#include "homeserver/sso/sign_in_store.h"

#include "store/words.h"

namespace troupe::homeserver::sso::sign_in_store {
namespace {

using accounts::SsoOrigin;
using namespace store::words;

constexpr auto kSignIn =
    store::columns(column<store::Bytes>("state_hash", &SignInRow::state_hash),
                   column<store::Bytes>("browser_hash", &SignInRow::browser_hash),
                   column<store::Bytes>("place_hash", &SignInRow::place_hash), column("purpose", &SignInRow::purpose),
                   column("target", &SignInRow::target), column("step", &SignInRow::step),
                   column("provider", &SignInRow::origin, &SsoOrigin::provider),
                   column("external_id", &SignInRow::origin, &SsoOrigin::external_id),
                   column("sid", &SignInRow::origin, &SsoOrigin::sid), column("localpart", &SignInRow::localpart),
                   column("display_name", &SignInRow::display_name), column("user_id", &SignInRow::user_id),
                   column("ends_ms", &SignInRow::ends_ms));
constexpr auto kInsert = store::insert("hs_sso_sign_in", kSignIn);
constexpr auto kFind = sql("SELECT ", kSignIn, " FROM hs_sso_sign_in WHERE state_hash = ?1");
constexpr std::string_view kCountOfPlace =
    "SELECT count(*) FROM (SELECT 1 FROM hs_sso_sign_in WHERE place_hash = ?1 LIMIT ?2) AS of_place";

}  // namespace

void insert(Tx& tx, const SignInRow& row) {
  const auto place = Value::blob(row.place_hash);
  if (store::number(tx.query(kCountOfPlace, place, kMaxOfPlace)) >= kMaxOfPlace) {
    tx.run(
        "DELETE FROM hs_sso_sign_in WHERE state_hash IN (SELECT state_hash FROM hs_sso_sign_in "
        "WHERE place_hash = ?1 ORDER BY ends_ms LIMIT 1)",
        place);
  } else if (store::number(tx.query("SELECT count(*) FROM (SELECT 1 FROM hs_sso_sign_in LIMIT ?1) AS on_the_way",
                                    kMaxOnTheWay)) >= kMaxOnTheWay) {
    tx.run(
        "DELETE FROM hs_sso_sign_in WHERE state_hash IN (SELECT state_hash FROM hs_sso_sign_in "
        "ORDER BY ends_ms LIMIT 1)");
  }
  store::run_insert(tx, kInsert, kSignIn, row);
}

std::optional<SignInRow> find(Connection& connection, std::string_view state_hash) {
  return store::one(connection.query(kFind, Value::blob(state_hash)), kSignIn);
}

bool move(Tx& tx, std::string_view state_hash, Step from, Step to) {
  return tx.run("UPDATE hs_sso_sign_in SET step = ?3 WHERE state_hash = ?1 AND step = ?2", Value::blob(state_hash),
                static_cast<std::int64_t>(from), static_cast<std::int64_t>(to)) > 0;
}

void put_person(Tx& tx, const SignInRow& row) {
  tx.run(
      "UPDATE hs_sso_sign_in SET step = ?2, external_id = ?3, sid = ?4, localpart = ?5, display_name = ?6, "
      "user_id = ?7 WHERE state_hash = ?1",
      Value::blob(row.state_hash), static_cast<std::int64_t>(row.step), row.origin.external_id, row.origin.sid,
      row.localpart, row.display_name, row.user_id);
}

void remove(Tx& tx, std::string_view state_hash) {
  tx.run("DELETE FROM hs_sso_sign_in WHERE state_hash = ?1", Value::blob(state_hash));
}

std::int64_t remove_ended(Tx& tx, std::int64_t now_ms, std::int64_t limit) {
  return tx.run(
      "DELETE FROM hs_sso_sign_in WHERE state_hash IN (SELECT state_hash FROM hs_sso_sign_in "
      "WHERE ends_ms <= ?1 LIMIT ?2)",
      now_ms, limit);
}

void remove_of(Tx& tx, const SsoOrigin& ended, std::int64_t now_ms) {
  tx.run(
      "DELETE FROM hs_sso_sign_in WHERE ends_ms > ?1 AND step >= 2 AND provider = ?2 "
      "AND (?3 = '' OR external_id = ?3) AND (?4 = '' OR sid = ?4)",
      now_ms, ended.provider, ended.external_id, ended.sid);
}

void note_logout(Tx& tx, std::string_view token_hash, std::int64_t ends_ms) {
  tx.run("INSERT INTO hs_sso_logout (token_hash, ends_ms) VALUES (?1, ?2) ON CONFLICT (token_hash) DO NOTHING",
         Value::blob(token_hash), ends_ms);
}

bool was_logout_taken(Connection& connection, std::string_view token_hash) {
  return store::any(connection.query("SELECT 1 FROM hs_sso_logout WHERE token_hash = ?1", Value::blob(token_hash)));
}

std::int64_t forget_logouts(Tx& tx, std::int64_t now_ms, std::int64_t limit) {
  return tx.run(
      "DELETE FROM hs_sso_logout WHERE token_hash IN (SELECT token_hash FROM hs_sso_logout "
      "WHERE ends_ms <= ?1 LIMIT ?2)",
      now_ms, limit);
}

}  // namespace troupe::homeserver::sso::sign_in_store
