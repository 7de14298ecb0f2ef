#include "homeserver/crypto/device_keys_store.h"

#include "store/words.h"

namespace troupe::homeserver::crypto {
namespace {

using namespace store::words;

constexpr auto kDeviceKeyRow =
    store::columns("k", column("device_id", &DeviceKeyRow::device_id), column("json", &DeviceKeyRow::json),
                   store::computed("d.display_name", &DeviceKeyRow::display_name));
constexpr auto kDeviceKeys = sql("SELECT ", kDeviceKeyRow,
                                 " FROM hs_device_key k LEFT JOIN hs_device d ON d.user_id = k.user_id AND "
                                 "d.device_id = k.device_id WHERE k.user_id = ?1 ORDER BY k.device_id");

constexpr auto kClaimable =
    store::columns(column("key_id", &ClaimableKeyRow::key_id), column("json", &ClaimableKeyRow::json));
constexpr auto kFallback = store::columns(store::part(&device_keys_store::FallbackRow::key, kClaimable),
                                          column("used", &device_keys_store::FallbackRow::used));
constexpr auto kFallbackKey =
    sql("SELECT ", kFallback, " FROM hs_fallback_key WHERE user_id = ?1 AND device_id = ?2 AND algorithm = ?3");

constexpr auto kCrossSigning =
    store::columns(column("usage", &CrossSigningRow::usage), column("public_key", &CrossSigningRow::public_key),
                   column("json", &CrossSigningRow::json));
constexpr auto kPutCrossSigningKey =
    sql(store::insert("hs_cross_signing_key", kCrossSigning, "user_id", "pos"),
        " ON CONFLICT (user_id, usage) "
        "DO UPDATE SET public_key = excluded.public_key, json = excluded.json, pos = excluded.pos, "
        "replace_until_ms = NULL");
constexpr auto kCrossSigningKeys = sql("SELECT ", kCrossSigning, " FROM hs_cross_signing_key WHERE user_id = ?1");

constexpr auto kSignature =
    store::columns(column("target", &SignatureRow::target), column("signer", &SignatureRow::signer),
                   column("key_id", &SignatureRow::key_id), column("signature", &SignatureRow::signature));
constexpr auto kPutSignature = sql(store::insert("hs_signature", kSignature, "target_user", "pos"),
                                   " ON CONFLICT (target_user, target, signer, key_id) "
                                   "DO UPDATE SET signature = excluded.signature, pos = excluded.pos");
constexpr auto kSignatures = sql("SELECT ", kSignature,
                                 " FROM hs_signature WHERE target_user = ?1 AND (signer = ?1 OR signer = ?2) "
                                 "ORDER BY target, signer, key_id");
constexpr std::string_view kDeleteSignatures = "DELETE FROM hs_signature WHERE target_user = ?1 AND target = ?2";

constexpr auto kChange = store::columns(column("user_id", &device_keys_store::ChangeRow::user_id),
                                        column("pos", &device_keys_store::ChangeRow::pos));
constexpr auto kChanges =
    sql("SELECT ", kChange, " FROM hs_device_change WHERE pos > ?1 AND pos <= ?2 ORDER BY pos LIMIT ?3");

std::vector<std::string> texts(store::Rows rows) { return store::values<std::string>(std::move(rows)); }

std::size_t count_of(store::Rows rows) { return static_cast<std::size_t>(store::number(std::move(rows))); }

}  // namespace

namespace device_keys_store {

void put_device_key(Tx& tx, std::string_view user_id, std::string_view device_id, std::string_view json,
                    StreamPos pos) {
  tx.run(
      "INSERT INTO hs_device_key (user_id, device_id, json, pos) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (user_id, device_id) DO UPDATE SET json = excluded.json, pos = excluded.pos",
      user_id, device_id, json, pos);
}

std::optional<std::string> device_key(Connection& connection, std::string_view user_id, std::string_view device_id) {
  return store::value<std::string>(
      connection.query("SELECT json FROM hs_device_key WHERE user_id = ?1 AND device_id = ?2", user_id, device_id));
}

std::vector<DeviceKeyRow> device_keys(Connection& connection, std::string_view user_id) {
  return store::all(connection.query(kDeviceKeys, user_id), kDeviceKeyRow);
}

void delete_device(Tx& tx, std::string_view user_id, std::string_view device_id) {
  tx.run("DELETE FROM hs_device_key WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run("DELETE FROM hs_one_time_key WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run("DELETE FROM hs_claimed_key WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run("DELETE FROM hs_fallback_key WHERE user_id = ?1 AND device_id = ?2", user_id, device_id);
  tx.run(kDeleteSignatures, user_id, device_id);
}

std::map<std::string, std::string> one_time_keys(Connection& connection, std::string_view user_id,
                                                 std::string_view device_id, std::string_view algorithm) {
  std::map<std::string, std::string> found;
  auto rows = connection.query(
      "SELECT key_id, json FROM hs_one_time_key WHERE user_id = ?1 AND device_id = ?2 AND algorithm = ?3", user_id,
      device_id, algorithm);
  while (rows.next()) {
    auto key_id = rows.take<std::string>();
    found.emplace(std::move(key_id), rows.take<std::string>());
  }
  return found;
}

void insert_one_time_key(Tx& tx, std::string_view user_id, std::string_view device_id, std::string_view algorithm,
                         const ClaimableKeyRow& key, StreamPos pos, std::int64_t ord) {
  tx.run(
      "INSERT INTO hs_one_time_key (user_id, device_id, algorithm, pos, ord, key_id, json) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      user_id, device_id, algorithm, pos, ord, key.key_id, key.json);
}

std::optional<ClaimableKeyRow> take_one_time_key(Tx& tx, std::string_view user_id, std::string_view device_id,
                                                 std::string_view algorithm) {
  ClaimableKeyRow key;
  StreamPos pos = 0;
  std::int64_t ord = 0;
  {
    auto rows = tx.query(
        "SELECT pos, ord, key_id, json FROM hs_one_time_key WHERE user_id = ?1 AND device_id = ?2 "
        "AND algorithm = ?3 ORDER BY pos, ord LIMIT 1",
        user_id, device_id, algorithm);
    if (!rows.next()) return std::nullopt;
    rows >> pos >> ord >> key.key_id >> key.json;
  }
  tx.run(
      "DELETE FROM hs_one_time_key WHERE user_id = ?1 AND device_id = ?2 AND algorithm = ?3 AND pos = ?4 "
      "AND ord = ?5",
      user_id, device_id, algorithm, pos, ord);
  return key;
}

void note_claimed(Tx& tx, std::string_view user_id, std::string_view device_id, std::string_view algorithm,
                  std::string_view key_id, std::string_view fingerprint, StreamPos pos) {
  tx.run(
      "INSERT INTO hs_claimed_key (user_id, device_id, algorithm, key_id, fingerprint, pos) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (user_id, device_id, algorithm, key_id) DO UPDATE "
      "SET fingerprint = excluded.fingerprint, pos = excluded.pos",
      user_id, device_id, algorithm, key_id, store::Value::blob(fingerprint), pos);
}

bool was_claimed(Connection& connection, std::string_view user_id, std::string_view device_id,
                 std::string_view algorithm, std::string_view key_id, std::string_view fingerprint) {
  return store::any(connection.query(
      "SELECT 1 FROM hs_claimed_key WHERE user_id = ?1 AND device_id = ?2 AND algorithm = ?3 AND key_id = ?4 "
      "AND fingerprint = ?5",
      user_id, device_id, algorithm, key_id, store::Value::blob(fingerprint)));
}

void forget_claimed(Tx& tx, std::string_view user_id, std::string_view device_id, std::int64_t keep) {
  tx.run(
      "DELETE FROM hs_claimed_key WHERE user_id = ?1 AND device_id = ?2 AND pos < (SELECT c.pos FROM hs_claimed_key c "
      "WHERE c.user_id = ?1 AND c.device_id = ?2 ORDER BY c.pos DESC LIMIT 1 OFFSET ?3)",
      user_id, device_id, keep - 1);
}

std::map<std::string, std::int64_t> count_one_time_keys(Connection& connection, std::string_view user_id,
                                                        std::string_view device_id) {
  std::map<std::string, std::int64_t> counts;
  auto rows = connection.query(
      "SELECT algorithm, count(*) FROM hs_one_time_key WHERE user_id = ?1 AND device_id = ?2 GROUP BY algorithm",
      user_id, device_id);
  while (rows.next()) {
    auto algorithm = rows.take<std::string>();
    counts.emplace(std::move(algorithm), rows.take<std::int64_t>());
  }
  return counts;
}

std::int64_t one_time_key_bytes(Connection& connection, std::string_view user_id, std::string_view device_id) {
  return store::number(connection.query(
      "SELECT COALESCE(SUM(LENGTH(json)), 0) FROM hs_one_time_key WHERE user_id = ?1 AND device_id = ?2", user_id,
      device_id));
}

std::optional<FallbackRow> fallback_key(Connection& connection, std::string_view user_id, std::string_view device_id,
                                        std::string_view algorithm) {
  return store::one(connection.query(kFallbackKey, user_id, device_id, algorithm), kFallback);
}

void put_fallback_key(Tx& tx, std::string_view user_id, std::string_view device_id, std::string_view algorithm,
                      const ClaimableKeyRow& key, StreamPos pos) {
  tx.run(
      "INSERT INTO hs_fallback_key (user_id, device_id, algorithm, key_id, json, used, pos) "
      "VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6) ON CONFLICT (user_id, device_id, algorithm) DO UPDATE "
      "SET key_id = excluded.key_id, json = excluded.json, used = 0, pos = excluded.pos",
      user_id, device_id, algorithm, key.key_id, key.json, pos);
}

void mark_fallback_used(Tx& tx, std::string_view user_id, std::string_view device_id, std::string_view algorithm) {
  tx.run("UPDATE hs_fallback_key SET used = 1 WHERE user_id = ?1 AND device_id = ?2 AND algorithm = ?3", user_id,
         device_id, algorithm);
}

std::size_t count_fallback_keys(Connection& connection, std::string_view user_id, std::string_view device_id) {
  return count_of(connection.query("SELECT count(*) FROM hs_fallback_key WHERE user_id = ?1 AND device_id = ?2",
                                   user_id, device_id));
}

std::vector<std::string> unused_fallback_types(Connection& connection, std::string_view user_id,
                                               std::string_view device_id) {
  return texts(
      connection.query("SELECT algorithm FROM hs_fallback_key WHERE user_id = ?1 AND device_id = ?2 AND used = 0 "
                       "ORDER BY algorithm",
                       user_id, device_id));
}

void put_cross_signing_key(Tx& tx, std::string_view user_id, const CrossSigningRow& key, StreamPos pos) {
  store::run_insert(tx, kPutCrossSigningKey, kCrossSigning, key, user_id, pos);
}

std::vector<CrossSigningRow> cross_signing_keys(Connection& connection, std::string_view user_id) {
  return store::all(connection.query(kCrossSigningKeys, user_id), kCrossSigning);
}

bool allow_replacement(Tx& tx, std::string_view user_id, std::int64_t until_ms) {
  return tx.run("UPDATE hs_cross_signing_key SET replace_until_ms = ?2 WHERE user_id = ?1 AND usage = 'master'",
                user_id, until_ms) == 1;
}

bool may_replace(Connection& connection, std::string_view user_id, std::int64_t now_ms) {
  return store::any(connection.query(
      "SELECT 1 FROM hs_cross_signing_key WHERE user_id = ?1 AND usage = 'master' AND replace_until_ms > ?2", user_id,
      now_ms));
}

void put_signature(Tx& tx, std::string_view target_user, const SignatureRow& signature, StreamPos pos) {
  store::run_insert(tx, kPutSignature, kSignature, signature, target_user, pos);
}

std::vector<SignatureRow> signatures(Connection& connection, std::string_view target_user, std::string_view also_by) {
  return store::all(connection.query(kSignatures, target_user, also_by), kSignature);
}

void delete_signatures(Tx& tx, std::string_view target_user, std::string_view target) {
  tx.run(kDeleteSignatures, target_user, target);
}

std::size_t count_signatures(Connection& connection, std::string_view target_user, std::string_view target,
                             std::string_view signer) {
  return count_of(
      connection.query("SELECT count(*) FROM hs_signature WHERE target_user = ?1 AND target = ?2 AND signer = ?3",
                       target_user, target, signer));
}

std::vector<std::string> signed_users_since(Connection& connection, std::string_view signer, StreamPos after,
                                            StreamPos upto) {
  return texts(
      connection.query("SELECT DISTINCT target_user FROM hs_signature WHERE signer = ?1 AND pos > ?2 AND pos <= ?3 "
                       "AND target_user <> ?1",
                       signer, after, upto));
}

void note_change(Tx& tx, std::string_view user_id, StreamPos pos) {
  tx.run(
      "INSERT INTO hs_device_change (user_id, pos) VALUES (?1, ?2) ON CONFLICT (user_id) DO UPDATE "
      "SET pos = excluded.pos",
      user_id, pos);
}

std::vector<std::string> changed_since(Connection& connection, StreamPos after, StreamPos upto) {
  return texts(
      connection.query("SELECT user_id FROM hs_device_change WHERE pos > ?1 AND pos <= ?2 ORDER BY pos", after, upto));
}

std::vector<ChangeRow> changes(Connection& connection, StreamPos after, StreamPos upto, std::int64_t limit) {
  return store::all(connection.query(kChanges, after, upto, limit), kChange);
}

}  // namespace device_keys_store
}  // namespace troupe::homeserver::crypto
