// Identity keys, one-time keys and fallback keys of devices (Client-Server API #end-to-end-encryption).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "homeserver/crypto/device_keys_change.h"
#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/crypto/signed_json.h"
#include "host/settings.h"
#include "matrix/json.h"

namespace troupe::homeserver::crypto {

/// One key of POST /keys/upload that others may claim.
struct ClaimableKey {
  std::string algorithm;
  std::string key_id;
  std::string json;  ///< canonical
};

/// What tells a one-time key from another one of its id: 16 bytes.
std::string key_fingerprint(std::string_view json);

/// Body of POST /keys/upload.
struct KeyUpload {
  struct Identity {
    std::string json;  ///< signed_part()
    Signatures signatures;
  };
  std::optional<Identity> identity;
  std::vector<ClaimableKey> one_time_keys;  ///< in the order of the body
  std::vector<ClaimableKey> fallback_keys;
};
/// Checks the body for the device that sends it. Errors: bad_json, invalid_param.
Result<KeyUpload> read_key_upload(const matrix::JsonObject& body, std::string_view user_id, std::string_view device_id);

/// Users and their devices; no devices: all of them. In the order of the body.
using DeviceSelection = std::vector<std::pair<std::string, std::vector<std::string>>>;
/// Body member `device_keys` of POST /keys/query. Errors: bad_json, missing_param, invalid_param.
Result<DeviceSelection> read_key_query(const matrix::JsonObject& body);

struct KeyClaim {
  std::string user_id;
  std::string device_id;
  std::string algorithm;
};
/// Body member `one_time_keys` of POST /keys/claim. Errors: bad_json, missing_param, invalid_param.
Result<std::vector<KeyClaim>> read_key_claim(const matrix::JsonObject& body);

struct DeviceListChanges {
  std::vector<std::string> changed;
  std::vector<std::string> left;
};

/// One per server; callable from any thread. Changes complete when they are durable.
class DeviceKeys {
 public:
  static constexpr std::size_t kMaxUploadedKeys = 100;  ///< one-time keys in one upload
  static constexpr std::int64_t kMaxStoredKeys = 200;   ///< one-time keys of a device for each algorithm
  static constexpr std::size_t kMaxAlgorithms = 8;      ///< of one-time and of fallback keys
  static constexpr std::size_t kMaxIdentityBytes = 32 * 1024;
  static constexpr std::size_t kMaxKeyBytes = 4 * 1024;
  static constexpr std::int64_t kMaxStoredKeyBytes = 1024 * 1024;  ///< one-time keys of a device
  static constexpr std::size_t kMaxQueriedUsers = 5'000;
  static constexpr std::size_t kMaxClaims = 5'000;

  DeviceKeys(store::Database& db, memory::Rooms& rooms, DeviceChanges& changes, const host::Settings& settings)
      : db_(db), rooms_(rooms), changes_(changes), settings_(settings) {}

  /// Yields how many one-time keys the device has now. A key that was claimed is not taken again, so that each is given
  /// out once, whatever answers get lost. An unchanged identity changes nothing. Errors: invalid_param
  /// (M_UNKNOWN: another one-time key with the same id; too many), not_found (the device is gone).
  Task<std::map<std::string, std::int64_t>> upload(std::string user_id, std::string device_id, KeyUpload keys);
  /// The same as part of an operation that is run with a savepoint.
  Result<Unit> upload_in(store::Tx& tx, const std::string& user_id, const std::string& device_id,
                         const KeyUpload& keys);
  /// Yields the body of the answer.
  Task<std::string> query(std::string user_id, DeviceSelection wanted);
  /// Takes one key for each claim, in the order of upload; the fallback key when none is left. Yields the body.
  Task<std::string> claim(std::vector<KeyClaim> claims);
  /// Users who shared a room with the user and whose devices changed after `from`; may name more than changed up to
  /// `to`.
  Task<DeviceListChanges> changed_between(std::string user_id, StreamPos from, StreamPos to);

  // For AccountHooks: inside the operation that removes or renames the device.
  Result<Unit> device_removed(store::Tx& tx, std::string_view user_id, std::string_view device_id);
  Result<Unit> device_renamed(store::Tx& tx, std::string_view user_id, std::string_view device_id);

 private:
  /// The keys that are not stored yet. Errors: invalid_param.
  Result<std::vector<const ClaimableKey*>> new_one_time_keys(store::Tx& tx, const std::string& user_id,
                                                             const std::string& device_id,
                                                             const std::vector<ClaimableKey>& keys);
  void store_identity(store::Tx& tx, const std::string& user_id, const std::string& device_id,
                      const KeyUpload::Identity& identity);
  void store_claimable_keys(store::Tx& tx, const std::string& user_id, const std::string& device_id,
                            const std::vector<const ClaimableKey*>& one_time_keys,
                            const std::vector<ClaimableKey>& fallback_keys);
  bool is_local(std::string_view user_id) const;

  store::Database& db_;
  memory::Rooms& rooms_;
  DeviceChanges& changes_;
  const host::Settings& settings_;
};

}  // namespace troupe::homeserver::crypto
