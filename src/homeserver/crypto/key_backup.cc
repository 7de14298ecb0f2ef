#include "homeserver/crypto/key_backup.h"

#include "homeserver/common/client_route.h"
#include "matrix/ids.h"

namespace troupe::homeserver::crypto {
namespace {

constexpr std::int64_t kRemoveChunk = 500;

Error unknown_version() { return Error(Errc::not_found, "There is no backup of this version."); }

Error wrong_version(std::int64_t current) {
  return Error(Errc::forbidden,
               "Keys go into the current backup only, which is version " + std::to_string(current) + ".")
      .with_wire_code("M_WRONG_ROOM_KEYS_VERSION")
      .with_member("current_version", boost::json::string(std::to_string(current)));
}

bool fits_a_row(std::string_view id) {
  return !id.empty() && id.size() <= matrix::kMaxIdBytes && id.find('\0') == std::string_view::npos;
}

Result<std::int64_t> required_number(const matrix::JsonObject& body, std::string_view key) {
  TRY(const auto number, net::route::optional_integer(body, key));
  if (!number) return Error(Errc::missing_param, std::string(key) + " is missing.");
  if (*number < 0 || *number > matrix::kMaxCanonicalInteger) {
    return Error(Errc::invalid_param, std::string(key) + " is out of range.");
  }
  return *number;
}

Result<BackupKeyRow> read_backup_key(const matrix::JsonObject& given, std::string_view room_id,
                                     std::string_view session_id) {
  if (!fits_a_row(room_id) || !fits_a_row(session_id)) {
    return Error(Errc::invalid_param, "Room ids and session ids must be 1 to 255 bytes long.");
  }
  BackupKeyRow row{.room_id = std::string(room_id), .session_id = std::string(session_id), .session_data = {}};
  TRY(row.first_message_index, required_number(given, "first_message_index"));
  TRY(row.forwarded_count, required_number(given, "forwarded_count"));
  TRY(row.is_verified, net::route::optional_bool(given, "is_verified", false));
  const auto* data = matrix::find_object(given, "session_data");
  if (!data) return Error(Errc::missing_param, "session_data must be an object.");
  row.session_data = boost::json::serialize(*data);
  if (row.session_data.size() > KeyBackup::kMaxSessionBytes) {
    return Error(Errc::invalid_param, "session_data is larger than 64 KiB.");
  }
  return row;
}

Result<Unit> read_room(const matrix::JsonObject& given, std::string_view room_id, std::vector<BackupKeyRow>& keys) {
  const auto* sessions = matrix::find_object(given, "sessions");
  if (!sessions) return Error(Errc::missing_param, "sessions must be an object of session ids.");
  for (const auto& [session_id, value] : *sessions) {
    if (!value.is_object()) return Error(Errc::bad_json, "A session must be an object.");
    if (keys.size() >= KeyBackup::kMaxKeysAtOnce) {
      return Error(Errc::invalid_param, "Upload at most 10000 keys at once.");
    }
    TRY(auto row, read_backup_key(value.get_object(), room_id, {session_id.data(), session_id.size()}));
    keys.push_back(std::move(row));
  }
  return Unit{};
}

void append_session(std::string& out, const BackupKeyRow& row) {
  out += "{\"first_message_index\":" + std::to_string(row.first_message_index) +
         ",\"forwarded_count\":" + std::to_string(row.forwarded_count) +
         ",\"is_verified\":" + (row.is_verified ? "true" : "false") + ",\"session_data\":";
  out += row.session_data;
  out += '}';
}

/// Keys of all rooms as one object, in the order in which they come.
class RoomsJson {
 public:
  explicit RoomsJson(bool one_room) : one_room_(one_room), out_(one_room ? "{\"sessions\":{" : "{\"rooms\":{") {}

  void add(const BackupKeyRow& row) {
    if (!one_room_ && room_id_ != row.room_id) {
      if (!room_id_.empty()) out_ += "}},";
      room_id_ = row.room_id;
      matrix::append_json_string(out_, room_id_);
      out_ += ":{\"sessions\":{";
    } else if (out_.back() != '{') {
      out_ += ',';
    }
    matrix::append_json_string(out_, row.session_id);
    out_ += ':';
    append_session(out_, row);
  }
  std::string finish() && {
    if (!room_id_.empty()) out_ += "}}";
    out_ += "}}";
    return std::move(out_);
  }

 private:
  bool one_room_;
  std::string out_;
  std::string room_id_;
};

}  // namespace

bool is_better(const BackupKeyRow& fresh, const BackupKeyRow& kept) {
  if (fresh.is_verified != kept.is_verified) return fresh.is_verified;
  if (fresh.first_message_index != kept.first_message_index) {
    return fresh.first_message_index < kept.first_message_index;
  }
  return fresh.forwarded_count < kept.forwarded_count;
}

Result<std::vector<BackupKeyRow>> read_backup_keys(const matrix::JsonObject& body, const BackupScope& scope) {
  std::vector<BackupKeyRow> keys;
  if (scope.session_id) {
    TRY(auto row, read_backup_key(body, *scope.room_id, *scope.session_id));
    keys.push_back(std::move(row));
    return keys;
  }
  if (scope.room_id) {
    TRY(read_room(body, *scope.room_id, keys));
    return keys;
  }
  const auto* rooms = matrix::find_object(body, "rooms");
  if (!rooms) return Error(Errc::missing_param, "rooms must be an object of room ids.");
  for (const auto& [room_id, value] : *rooms) {
    if (!value.is_object()) return Error(Errc::bad_json, "A room must be an object with sessions.");
    TRY(read_room(value.get_object(), {room_id.data(), room_id.size()}, keys));
  }
  return keys;
}

Task<std::int64_t> KeyBackup::create(std::string user_id, std::string algorithm, std::string auth_data) {
  auto write = [&](store::Tx& tx) -> Result<std::int64_t> {
    const auto version = key_backup_store::last_version(tx, user_id) + 1;
    key_backup_store::insert(
        tx, user_id, {.version = version, .algorithm = algorithm, .auth_data = auth_data, .key_count = 0, .etag = 0});
    return version;
  };
  co_return co_await db_.write(write);
}

Task<BackupVersionRow> KeyBackup::find(std::string user_id, std::optional<std::int64_t> version) {
  auto read = [&](store::Connection& connection) -> Result<std::optional<BackupVersionRow>> {
    return version ? key_backup_store::find(connection, user_id, *version)
                   : key_backup_store::current(connection, user_id);
  };
  CO_TRY(auto row, co_await db_.read(read));
  if (!row && !version) co_return Error(Errc::not_found, "There is no backup.");
  if (!row) co_return unknown_version();
  co_return *std::move(row);
}

Task<Unit> KeyBackup::change(std::string user_id, std::int64_t version, std::string algorithm, std::string auth_data) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    auto row = key_backup_store::find(tx, user_id, version);
    if (!row) return unknown_version();
    if (row->algorithm != algorithm) {
      return Error(Errc::invalid_param, "The algorithm of a backup cannot change: make a new version.");
    }
    row->auth_data = auth_data;
    key_backup_store::update(tx, user_id, *row);
    return Unit{};
  };
  co_return co_await db_.write(write);
}

Task<Unit> KeyBackup::remove(std::string user_id, std::int64_t version) {
  auto mark = [&](store::Tx& tx) -> Result<Unit> {
    if (!key_backup_store::find(tx, user_id, version)) return unknown_version();
    key_backup_store::remove(tx, user_id, version);
    return Unit{};
  };
  CO_TRY(co_await db_.write(mark));
  co_return co_await sweep();
}

Task<Unit> KeyBackup::sweep() {
  auto look = [](store::Connection& connection) -> Result<std::optional<DeletedBackup>> {
    return key_backup_store::find_deleted_with_keys(connection);
  };
  for (;;) {
    CO_TRY(const auto deleted, co_await db_.read(look));
    if (!deleted) co_return Unit{};
    auto remove_some = [&](store::Tx& tx) -> Result<Unit> {
      key_backup_store::remove_some_keys(tx, deleted->user_id, deleted->version, kRemoveChunk);
      return Unit{};
    };
    CO_TRY(co_await db_.write(remove_some, {.lane = store::Lane::bulk}));
  }
}

Task<BackupState> KeyBackup::put(std::string user_id, std::int64_t version, std::vector<BackupKeyRow> keys) {
  auto write = [&](store::Tx& tx) -> Result<BackupState> {
    auto current = key_backup_store::current(tx, user_id);
    if (!current) return Error(Errc::not_found, "There is no backup to put keys into.");
    if (current->version != version) return wrong_version(current->version);
    std::vector<const BackupKeyRow*> better;
    std::int64_t added = 0;
    for (const auto& key : keys) {
      const auto kept = key_backup_store::find_key(tx, user_id, version, key.room_id, key.session_id);
      if (kept && !is_better(key, *kept)) continue;
      if (!kept) ++added;
      better.push_back(&key);
    }
    if (current->key_count + added > kMaxKeys) {
      return Error(Errc::too_large, "A backup may hold at most 500000 keys.");
    }
    for (const auto* key : better) key_backup_store::put_key(tx, user_id, version, *key);
    if (!better.empty()) {
      current->key_count += added;
      ++current->etag;
      key_backup_store::update(tx, user_id, *current);
    }
    return BackupState{.key_count = current->key_count, .etag = current->etag};
  };
  co_return co_await db_.write(write, {.lane = store::Lane::receipts});
}

Task<std::string> KeyBackup::get(std::string user_id, std::int64_t version, BackupScope scope) {
  auto read = [&](store::Connection& connection) -> Result<std::string> {
    if (!key_backup_store::find(connection, user_id, version)) return unknown_version();
    if (scope.session_id) {
      const auto row = key_backup_store::find_key(connection, user_id, version, *scope.room_id, *scope.session_id);
      if (!row) return Error(Errc::not_found, "This session is not in the backup.");
      std::string body;
      append_session(body, *row);
      return body;
    }
    RoomsJson body(scope.room_id.has_value());
    key_backup_store::for_each_key(connection, user_id, version, scope,
                                   [&body](const BackupKeyRow& row) { body.add(row); });
    return std::move(body).finish();
  };
  co_return co_await db_.read(read);
}

Task<BackupState> KeyBackup::remove_keys(std::string user_id, std::int64_t version, BackupScope scope) {
  auto write = [&](store::Tx& tx) -> Result<BackupState> {
    auto row = key_backup_store::find(tx, user_id, version);
    if (!row) return unknown_version();
    const auto removed = key_backup_store::remove_keys(tx, user_id, version, scope);
    if (removed > 0) {
      row->key_count -= removed;
      ++row->etag;
      key_backup_store::update(tx, user_id, *row);
    }
    return BackupState{.key_count = row->key_count, .etag = row->etag};
  };
  co_return co_await db_.write(write, {.lane = store::Lane::receipts});
}

}  // namespace troupe::homeserver::crypto
