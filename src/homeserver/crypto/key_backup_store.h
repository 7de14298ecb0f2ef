// SQL for encrypted backups of room keys.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "store/database.h"

namespace troupe::homeserver::crypto {

struct BackupVersionRow {
  std::int64_t version = 0;
  std::string algorithm;
  std::string auth_data;  ///< JSON object
  std::int64_t key_count = 0;
  std::int64_t etag = 0;  ///< counts changes
};

/// One session in a backup.
struct BackupKeyRow {
  std::string room_id;
  std::string session_id;
  std::int64_t first_message_index = 0;
  std::int64_t forwarded_count = 0;
  bool is_verified = false;
  std::string session_data;  ///< JSON object
};

struct DeletedBackup {
  std::string user_id;
  std::int64_t version = 0;
};

/// Which sessions: of all rooms, of one, or one alone.
struct BackupScope {
  std::optional<std::string> room_id;
  std::optional<std::string> session_id;  ///< only with room_id
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace key_backup_store {

/// The newest that is not deleted.
std::optional<BackupVersionRow> current(store::Connection&, std::string_view user_id);
std::optional<BackupVersionRow> find(store::Connection&, std::string_view user_id, std::int64_t version);
/// The highest number ever used by the user; 0: none.
std::int64_t last_version(store::Connection&, std::string_view user_id);
void insert(store::Tx&, std::string_view user_id, const BackupVersionRow& row);
/// auth_data, key_count and etag.
void update(store::Tx&, std::string_view user_id, const BackupVersionRow& row);
/// Keeps the number, so that it is not used again.
void remove(store::Tx&, std::string_view user_id, std::int64_t version);

std::optional<BackupKeyRow> find_key(store::Connection&, std::string_view user_id, std::int64_t version,
                                     std::string_view room_id, std::string_view session_id);
void put_key(store::Tx&, std::string_view user_id, std::int64_t version, const BackupKeyRow& row);
/// In the order of rooms.
void for_each_key(store::Connection&, std::string_view user_id, std::int64_t version, const BackupScope& scope,
                  const std::function<void(const BackupKeyRow&)>& use);
/// Yields how many there were.
std::int64_t remove_keys(store::Tx&, std::string_view user_id, std::int64_t version, const BackupScope& scope);
/// A deleted version whose keys are still there.
std::optional<DeletedBackup> find_deleted_with_keys(store::Connection&);
/// At most `limit` keys of a version.
void remove_some_keys(store::Tx&, std::string_view user_id, std::int64_t version, std::int64_t limit);

}  // namespace key_backup_store
}  // namespace troupe::homeserver::crypto
