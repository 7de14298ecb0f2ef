#include "homeserver/crypto/key_backup_store.h"

#include <utility>
#include <vector>

namespace troupe::homeserver {
namespace {

using store::Connection;
using store::Tx;

constexpr std::string_view kCurrent =
    "SELECT version, algorithm, auth_data, key_count, etag FROM hs_key_backup_version "
    "WHERE user_id = ?1 AND deleted = 0 ORDER BY version DESC LIMIT 1";
constexpr std::string_view kFind =
    "SELECT version, algorithm, auth_data, key_count, etag FROM hs_key_backup_version "
    "WHERE user_id = ?1 AND version = ?2 AND deleted = 0";
constexpr std::string_view kLast =
    "SELECT version FROM hs_key_backup_version WHERE user_id = ?1 ORDER BY version DESC LIMIT 1";
constexpr std::string_view kInsert =
    "INSERT INTO hs_key_backup_version (user_id, version, algorithm, auth_data) VALUES (?1, ?2, ?3, ?4)";
constexpr std::string_view kUpdate =
    "UPDATE hs_key_backup_version SET auth_data = ?3, key_count = ?4, etag = ?5 WHERE user_id = ?1 AND version = ?2";
constexpr std::string_view kRemove =
    "UPDATE hs_key_backup_version SET deleted = 1, auth_data = '{}', key_count = 0 "
    "WHERE user_id = ?1 AND version = ?2";

#define KEY_COLUMNS "room_id, session_id, first_message_index, forwarded_count, is_verified, session_data"
constexpr std::string_view kAllKeys =
    "SELECT " KEY_COLUMNS " FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 ORDER BY room_id, session_id";
constexpr std::string_view kRoomKeys = "SELECT " KEY_COLUMNS
                                       " FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 AND room_id = ?3 "
                                       "ORDER BY session_id";
constexpr std::string_view kOneKey = "SELECT " KEY_COLUMNS
                                     " FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 AND room_id = ?3 "
                                     "AND session_id = ?4";
constexpr std::string_view kPutKey =
    "INSERT INTO hs_key_backup (user_id, version, " KEY_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
    "ON CONFLICT (user_id, version, room_id, session_id) DO UPDATE SET "
    "first_message_index = excluded.first_message_index, forwarded_count = excluded.forwarded_count, "
    "is_verified = excluded.is_verified, session_data = excluded.session_data";
#undef KEY_COLUMNS
constexpr std::string_view kRemoveAllKeys = "DELETE FROM hs_key_backup WHERE user_id = ?1 AND version = ?2";
constexpr std::string_view kRemoveRoomKeys =
    "DELETE FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 AND room_id = ?3";
constexpr std::string_view kRemoveKey =
    "DELETE FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 AND room_id = ?3 AND session_id = ?4";
constexpr std::string_view kDeletedWithKeys =
    "SELECT v.user_id, v.version FROM hs_key_backup_version v WHERE v.deleted = 1 AND EXISTS "
    "(SELECT 1 FROM hs_key_backup k WHERE k.user_id = v.user_id AND k.version = v.version) LIMIT 1";
constexpr std::string_view kSomeKeys =
    "SELECT room_id, session_id FROM hs_key_backup WHERE user_id = ?1 AND version = ?2 LIMIT ?3";

std::optional<BackupVersionRow> version_row(store::Rows rows) {
  if (!rows.next()) return std::nullopt;
  return BackupVersionRow{.version = rows.integer(0),
                          .algorithm = rows.string(1),
                          .auth_data = rows.string(2),
                          .key_count = rows.integer(3),
                          .etag = rows.integer(4)};
}

BackupKeyRow key_row(const store::Rows& rows) {
  return {.room_id = rows.string(0),
          .session_id = rows.string(1),
          .first_message_index = rows.integer(2),
          .forwarded_count = rows.integer(3),
          .is_verified = rows.integer(4) != 0,
          .session_data = rows.string(5)};
}

}  // namespace

namespace key_backup_store {

std::optional<BackupVersionRow> current(Connection& connection, std::string_view user_id) {
  return version_row(connection.query(kCurrent, user_id));
}

std::optional<BackupVersionRow> find(Connection& connection, std::string_view user_id, std::int64_t version) {
  return version_row(connection.query(kFind, user_id, version));
}

std::int64_t last_version(Connection& connection, std::string_view user_id) {
  auto rows = connection.query(kLast, user_id);
  return rows.next() ? rows.integer(0) : 0;
}

void insert(Tx& tx, std::string_view user_id, const BackupVersionRow& row) {
  tx.run(kInsert, user_id, row.version, row.algorithm, row.auth_data);
}

void update(Tx& tx, std::string_view user_id, const BackupVersionRow& row) {
  tx.run(kUpdate, user_id, row.version, row.auth_data, row.key_count, row.etag);
}

void remove(Tx& tx, std::string_view user_id, std::int64_t version) { tx.run(kRemove, user_id, version); }

std::optional<BackupKeyRow> find_key(Connection& connection, std::string_view user_id, std::int64_t version,
                                     std::string_view room_id, std::string_view session_id) {
  auto rows = connection.query(kOneKey, user_id, version, room_id, session_id);
  return rows.next() ? std::optional(key_row(rows)) : std::nullopt;
}

void put_key(Tx& tx, std::string_view user_id, std::int64_t version, const BackupKeyRow& row) {
  tx.run(kPutKey, user_id, version, row.room_id, row.session_id, row.first_message_index, row.forwarded_count,
         row.is_verified, row.session_data);
}

void for_each_key(Connection& connection, std::string_view user_id, std::int64_t version, const BackupScope& scope,
                  const std::function<void(const BackupKeyRow&)>& use) {
  auto rows = scope.session_id ? connection.query(kOneKey, user_id, version, *scope.room_id, *scope.session_id)
              : scope.room_id  ? connection.query(kRoomKeys, user_id, version, *scope.room_id)
                               : connection.query(kAllKeys, user_id, version);
  while (rows.next()) use(key_row(rows));
}

std::int64_t remove_keys(Tx& tx, std::string_view user_id, std::int64_t version, const BackupScope& scope) {
  if (scope.session_id) return tx.run(kRemoveKey, user_id, version, *scope.room_id, *scope.session_id);
  if (scope.room_id) return tx.run(kRemoveRoomKeys, user_id, version, *scope.room_id);
  return tx.run(kRemoveAllKeys, user_id, version);
}

std::optional<DeletedBackup> find_deleted_with_keys(Connection& connection) {
  auto rows = connection.query(kDeletedWithKeys);
  if (!rows.next()) return std::nullopt;
  return DeletedBackup{.user_id = rows.string(0), .version = rows.integer(1)};
}

void remove_some_keys(Tx& tx, std::string_view user_id, std::int64_t version, std::int64_t limit) {
  std::vector<std::pair<std::string, std::string>> chosen;
  {
    auto rows = tx.query(kSomeKeys, user_id, version, limit);
    while (rows.next()) chosen.emplace_back(rows.string(0), rows.string(1));
  }
  for (const auto& [room_id, session_id] : chosen) tx.run(kRemoveKey, user_id, version, room_id, session_id);
}

}  // namespace key_backup_store
}  // namespace troupe::homeserver
