#include "homeserver/mail/mail_store.h"

#include "store/words.h"

namespace troupe::homeserver::mail::mail_store {
namespace {

using namespace store::words;

constexpr auto kMail =
    store::columns(column("id", &MailRow::id), column<store::Bytes>("sealed_mail", &MailRow::sealed_mail),
                   column("made_ms", &MailRow::made_ms), column("due_ms", &MailRow::due_ms),
                   column("ends_ms", &MailRow::ends_ms), column("failures", &MailRow::failures));
constexpr auto kInsertMail = store::insert("hs_mail", kMail);
constexpr auto kDue =
    sql("SELECT ", kMail, " FROM hs_mail WHERE due_ms <= ?1 OR due_ms > ?2 ORDER BY due_ms, id LIMIT ?3");

constexpr auto kProof =
    store::columns(column("sid", &ProofRow::sid), column("purpose", &ProofRow::purpose),
                   column("address", &ProofRow::address), column<store::Bytes>("secret_hash", &ProofRow::secret_hash),
                   column<store::Bytes>("sealed_token", &ProofRow::sealed_token),
                   column("send_attempt", &ProofRow::send_attempt), column("next_link", &ProofRow::next_link),
                   column("ends_ms", &ProofRow::ends_ms), column("proven", &ProofRow::proven));
constexpr auto kInsertProof = store::insert("hs_mail_proof", kProof);
constexpr auto kFindProof = sql("SELECT ", kProof, " FROM hs_mail_proof WHERE sid = ?1");
constexpr auto kFindRequest =
    sql("SELECT ", kProof, " FROM hs_mail_proof WHERE address = ?1 AND purpose = ?2 AND secret_hash = ?3");

}  // namespace

void insert(store::Tx& tx, const MailRow& mail) { store::run_insert(tx, kInsertMail, kMail, mail); }

bool wait_at_least(store::Connection& connection, std::int64_t count) {
  return store::any(connection.query("SELECT 1 FROM hs_mail LIMIT 1 OFFSET ?1", count - 1));
}

std::vector<MailRow> due(store::Connection& connection, std::int64_t now_ms, std::int64_t never_ms,
                         std::int64_t limit) {
  return store::all(connection.query(kDue, now_ms, never_ms, limit), kMail);
}

std::optional<std::int64_t> next_due(store::Connection& connection) {
  return store::value<std::int64_t>(connection.query("SELECT due_ms FROM hs_mail ORDER BY due_ms LIMIT 1"));
}

void remove(store::Tx& tx, std::int64_t id) { tx.run("DELETE FROM hs_mail WHERE id = ?1", id); }

void postpone(store::Tx& tx, std::int64_t id, std::int64_t due_ms, std::int64_t failures) {
  tx.run("UPDATE hs_mail SET due_ms = ?2, failures = ?3 WHERE id = ?1", id, due_ms, failures);
}

std::optional<ProofRow> find_proof(store::Connection& connection, std::string_view sid) {
  return store::one(connection.query(kFindProof, sid), kProof);
}

std::optional<ProofRow> find_proof(store::Connection& connection, std::string_view address, Purpose purpose,
                                   std::string_view secret_hash) {
  return store::one(
      connection.query(kFindRequest, address, static_cast<std::int64_t>(purpose), Value::blob(secret_hash)), kProof);
}

std::int64_t count_proofs(store::Connection& connection, std::string_view address, std::int64_t now_ms) {
  return store::number(
      connection.query("SELECT COUNT(*) FROM hs_mail_proof WHERE address = ?1 AND ends_ms > ?2", address, now_ms));
}

void insert_proof(store::Tx& tx, const ProofRow& proof) { store::run_insert(tx, kInsertProof, kProof, proof); }

void set_attempt(store::Tx& tx, std::string_view sid, std::int64_t attempt, std::int64_t ends_ms) {
  tx.run("UPDATE hs_mail_proof SET send_attempt = ?2, ends_ms = ?3 WHERE sid = ?1", sid, attempt, ends_ms);
}

void set_proven(store::Tx& tx, std::string_view sid, std::int64_t ends_ms) {
  tx.run("UPDATE hs_mail_proof SET proven = 1, ends_ms = ?2 WHERE sid = ?1", sid, ends_ms);
}
void remove_proof(store::Tx& tx, std::string_view sid) { tx.run("DELETE FROM hs_mail_proof WHERE sid = ?1", sid); }

void remove_proofs(store::Tx& tx, std::string_view address, Purpose purpose) {
  tx.run("DELETE FROM hs_mail_proof WHERE address = ?1 AND purpose = ?2", address, static_cast<std::int64_t>(purpose));
}

std::int64_t remove_ended(store::Tx& tx, std::int64_t now_ms, std::int64_t limit) {
  return tx.run("DELETE FROM hs_mail_proof WHERE sid IN (SELECT sid FROM hs_mail_proof WHERE ends_ms <= ?1 LIMIT ?2)",
                now_ms, limit);
}

}  // namespace troupe::homeserver::mail::mail_store
