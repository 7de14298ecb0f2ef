// Encrypted backups of room keys: versions and the sessions in them (Client-Server API #server-side-key-backups).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "homeserver/crypto/key_backup_store.h"
#include "matrix/json.h"
#include "store/database.h"

namespace troupe::homeserver::crypto {

/// What PUT and DELETE of keys answer.
struct BackupState {
  std::int64_t key_count = 0;
  std::int64_t etag = 0;
};

/// The sessions in the body of PUT /room_keys/keys…, whose shape depends on the scope.
/// Errors: bad_json, missing_param, invalid_param.
Result<std::vector<BackupKeyRow>> read_backup_keys(const matrix::JsonObject& body, const BackupScope& scope);

/// One per server; callable from any thread. Changes complete when they are durable.
class KeyBackup {
 public:
  static constexpr std::size_t kMaxAlgorithmBytes = 255;
  static constexpr std::size_t kMaxAuthDataBytes = 64 * 1024;
  static constexpr std::size_t kMaxSessionBytes = 64 * 1024;
  static constexpr std::size_t kMaxKeysAtOnce = 10'000;
  static constexpr std::int64_t kMaxKeys = 500'000;  ///< in one backup
  static constexpr std::size_t kMaxBodyBytes = 16 * 1024 * 1024;

  explicit KeyBackup(store::Database& db) : db_(db) {}

  /// Yields the new version's number.
  Task<std::int64_t> create(std::string user_id, std::string algorithm, std::string auth_data);
  /// `version` none: the current one. Error: not_found.
  Task<BackupVersionRow> find(std::string user_id, std::optional<std::int64_t> version);
  /// Errors: not_found, invalid_param (another algorithm).
  Task<Unit> change(std::string user_id, std::int64_t version, std::string algorithm, std::string auth_data);
  /// With all its keys. Error: not_found.
  Task<Unit> remove(std::string user_id, std::int64_t version);

  /// Keeps of two copies of a session the better one. Errors: not_found (no backup), forbidden
  /// (M_WRONG_ROOM_KEYS_VERSION with current_version), limit_exceeded.
  Task<BackupState> put(std::string user_id, std::int64_t version, std::vector<BackupKeyRow> keys);
  /// Yields the body of the answer. Errors: not_found (version; or the one session asked for).
  Task<std::string> get(std::string user_id, std::int64_t version, BackupScope scope);
  Task<BackupState> remove_keys(std::string user_id, std::int64_t version, BackupScope scope);
  /// Removes the keys of deleted backups in steps that hold nobody up. From a job, for what a crash left.
  Task<Unit> sweep();

 private:
  store::Database& db_;
};

/// Whether `fresh` takes the place of `kept`: verified, then the lower first index, then forwarded less often.
bool is_better(const BackupKeyRow& fresh, const BackupKeyRow& kept);

}  // namespace troupe::homeserver::crypto
