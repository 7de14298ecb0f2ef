#include "homeserver/crypto/key_backup_store.h"

#include <utility>
#include <vector>

#include "store/words.h"

namespace troupe::homeserver::crypto {
namespace {

using namespace store::words;

constexpr auto kVersion =
    store::columns(column("version", &BackupVersionRow::version), column("algorithm", &BackupVersionRow::algorithm),
                   column("auth_data", &BackupVersionRow::auth_data), column("key_count", &BackupVersionRow::key_count),
                   column("etag", &BackupVersionRow::etag));
constexpr auto kFromVersion =
    sql("SELECT ", kVersion, " FROM hs_key_backup_version WHERE user_id = ?1 AND deleted = 0 ");
constexpr auto kCurrent = sql(kFromVersion, "ORDER BY version DESC LIMIT 1");
constexpr auto kFind = sql(kFromVersion, "AND version = ?2");

constexpr auto kKey = store::columns(
    column("room_id", &BackupKeyRow::room_id), column("session_id", &BackupKeyRow::session_id),
    column("first_message_index", &BackupKeyRow::first_message_index),
    column("forwarded_count", &BackupKeyRow::forwarded_count), column("is_verified", &BackupKeyRow::is_verified),
    column("session_data", &BackupKeyRow::session_data));
constexpr auto kFromKeys = sql("SELECT ", kKey, " FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 ");
constexpr auto kAllKeys = sql(kFromKeys, "ORDER BY room_id, session_id");
constexpr auto kRoomKeys = sql(kFromKeys, "AND room_id = ?3 ORDER BY session_id");
constexpr auto kOneKey = sql(kFromKeys, "AND room_id = ?3 AND session_id = ?4");
constexpr auto kPutKey =
    sql(store::insert("hs_key_backup", kKey, "user_id", "version"),
        " ON CONFLICT (user_id, version, room_id, session_id) DO UPDATE SET "
        "first_message_index = excluded.first_message_index, forwarded_count = excluded.forwarded_count, "
        "is_verified = excluded.is_verified, session_data = excluded.session_data");
constexpr std::string_view kRemoveRoomKeys =
    "DELETE FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 AND room_id = ?3";
constexpr std::string_view kRemoveKey =
    "DELETE FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 AND room_id = ?3 AND session_id = ?4";
constexpr auto kDeleted =
    store::columns("v", column("user_id", &DeletedBackup::user_id), column("version", &DeletedBackup::version));
constexpr auto kDeletedWithKeys =
    sql("SELECT ", kDeleted,
        " FROM hs_key_backup_version v WHERE v.deleted = 1 AND EXISTS "
        "(SELECT 1 FROM hs_key_backup k WHERE k.user_id = v.user_id AND k.version = v.version) LIMIT 1");

}  // namespace

namespace key_backup_store {

std::optional<BackupVersionRow> current(Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kCurrent, user_id), kVersion);
}

std::optional<BackupVersionRow> find(Connection& connection, std::string_view user_id, std::int64_t version) {
  return store::one(connection.query(kFind, user_id, version), kVersion);
}

std::int64_t last_version(Connection& connection, std::string_view user_id) {
  return store::number(connection.query(
      "SELECT version FROM hs_key_backup_version WHERE user_id = ?1 ORDER BY version DESC LIMIT 1", user_id));
}

void insert(Tx& tx, std::string_view user_id, const BackupVersionRow& row) {
  tx.run("INSERT INTO hs_key_backup_version (user_id, version, algorithm, auth_data) VALUES (?1, ?2, ?3, ?4)", user_id,
         row.version, row.algorithm, row.auth_data);
}

void update(Tx& tx, std::string_view user_id, const BackupVersionRow& row) {
  tx.run(
      "UPDATE hs_key_backup_version SET auth_data = ?3, key_count = ?4, etag = ?5 WHERE user_id = ?1 "
      "AND version = ?2",
      user_id, row.version, row.auth_data, row.key_count, row.etag);
}

void remove(Tx& tx, std::string_view user_id, std::int64_t version) {
  tx.run(
      "UPDATE hs_key_backup_version SET deleted = 1, auth_data = '{}', key_count = 0 WHERE user_id = ?1 "
      "AND version = ?2",
      user_id, version);
}

std::optional<BackupKeyRow> find_key(Connection& connection, std::string_view user_id, std::int64_t version,
                                     std::string_view room_id, std::string_view session_id) {
  return store::one(connection.query(kOneKey, user_id, version, room_id, session_id), kKey);
}

void put_key(Tx& tx, std::string_view user_id, std::int64_t version, const BackupKeyRow& row) {
  store::run_insert(tx, kPutKey, kKey, row, user_id, version);
}

void for_each_key(Connection& connection, std::string_view user_id, std::int64_t version, const BackupScope& scope,
                  const std::function<void(const BackupKeyRow&)>& use) {
  auto rows = scope.session_id ? connection.query(kOneKey, user_id, version, *scope.room_id, *scope.session_id)
              : scope.room_id  ? connection.query(kRoomKeys, user_id, version, *scope.room_id)
                               : connection.query(kAllKeys, user_id, version);
  BackupKeyRow key;
  while (rows.next()) {
    kKey.read(rows, key);
    use(key);
  }
}

std::int64_t remove_keys(Tx& tx, std::string_view user_id, std::int64_t version, const BackupScope& scope) {
  if (scope.session_id) return tx.run(kRemoveKey, user_id, version, *scope.room_id, *scope.session_id);
  if (scope.room_id) return tx.run(kRemoveRoomKeys, user_id, version, *scope.room_id);
  return tx.run("DELETE FROM hs_key_backup WHERE user_id = ?1 AND version = ?2", user_id, version);
}

std::optional<DeletedBackup> find_deleted_with_keys(Connection& connection) {
  return store::one(connection.query(kDeletedWithKeys), kDeleted);
}

void remove_some_keys(Tx& tx, std::string_view user_id, std::int64_t version, std::int64_t limit) {
  std::vector<std::pair<std::string, std::string>> chosen;
  {
    auto rows = tx.query("SELECT room_id, session_id FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 LIMIT ?3",
                         user_id, version, limit);
    while (rows.next()) {
      auto& [room_id, session_id] = chosen.emplace_back();
      rows >> room_id >> session_id;
    }
  }
  for (const auto& [room_id, session_id] : chosen) tx.run(kRemoveKey, user_id, version, room_id, session_id);
}

}  // namespace key_backup_store
}  // namespace troupe::homeserver::crypto
